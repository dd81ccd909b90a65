"""Run the checks: from a plugin's tests by a decorator, or all at once for a report."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import IgdsError
from igds_bench.testing.checks import CHECKS
from igds_bench.testing.lab import Lab

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Check:
    """One promise of one selector."""

    name: str
    promise: str
    """One sentence."""
    lab: Lab
    run: Callable[[Lab], None]

    def __call__(self) -> None:
        """Raise AssertionError where the promise is broken."""
        self.run(self.lab)


@dataclass(frozen=True)
class Outcome:
    """How a check ended."""

    selector: str
    promise: str
    problem: str = ""
    """Why it failed; empty where it passed."""


def checks_of(spec: SelectorSpec, **params: Any) -> list[Check]:
    """Return every check of a selector, filter or control, with parameters that differ."""
    lab = Lab(spec, params)
    return [
        Check(function.__name__, (function.__doc__ or "").strip().split("\n", 1)[0], lab, function)
        for function in CHECKS
    ]


def conformance(spec: SelectorSpec, **params: Any) -> Callable[[F], F]:
    """Decorate a test that takes ``check`` and calls it: it runs once for every check."""
    import pytest

    checks = checks_of(spec, **params)
    mark: Callable[[F], F] = pytest.mark.parametrize(
        "check", [pytest.param(check, id=check.name) for check in checks]
    )
    return mark


def run_checks(spec: SelectorSpec, **params: Any) -> Iterator[Outcome]:
    """Yield how every check ended; an error counts as a failure of the check."""
    for check in checks_of(spec, **params):
        try:
            check()
        except AssertionError as error:
            yield Outcome(spec.name, check.promise, str(error))
        except IgdsError as error:
            yield Outcome(spec.name, check.promise, str(error))
        except Exception as error:
            problem = f"{type(error).__name__}: {error}{_place(spec, error)}"
            yield Outcome(spec.name, check.promise, problem)
        else:
            yield Outcome(spec.name, check.promise)


def _place(spec: SelectorSpec, error: Exception) -> str:
    """Return the last line of the selector's own file that led to an error, or nothing."""
    try:
        own = inspect.getfile(spec.build)
    except (TypeError, OSError):
        return ""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == own]
    return f" ({Path(own).name}, line {lines[-1]})" if lines else ""
