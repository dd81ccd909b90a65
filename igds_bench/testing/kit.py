"""Run the checks: from a plugin's tests by a decorator, or all at once for a report."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from unittest import SkipTest

from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import IgdsError, PluginError, nearest
from igds_bench.testing.checks import CHECKS, applying
from igds_bench.testing.lab import Lab

F = TypeVar("F", bound=Callable[..., Any])
Expected = Mapping[str, str]
"""Reason by the name of a check that is known to fail."""
NAMES = [check.__name__ for check in CHECKS]
PASSES = "passes: remove it"
"""What is said of an expected failure that is none."""


@dataclass(frozen=True)
class Check:
    """One promise of one selector."""

    name: str
    promise: str
    """One sentence."""
    lab: Lab
    run: Callable[[Lab], None]
    expected: str = ""
    """Why it is known to fail, if it is."""

    def __call__(self) -> None:
        """Raise AssertionError where the promise is broken, SkipTest where it says nothing."""
        self.run(self.lab)


@dataclass(frozen=True)
class Outcome:
    """How a check ended."""

    selector: str
    promise: str
    problem: str = ""
    """Why it failed, or that it passed and was expected to fail; empty where all is as it should
    be."""
    check: str = ""
    """Name of the check."""
    expected: str = ""
    """Why it failed, where that was expected."""


def checks_of(
    spec: SelectorSpec, *, expected_failures: Expected | None = None, **params: Any
) -> list[Check]:
    """Return every check that applies to a selector, filter or control.

    Args:
        spec: what is checked.
        expected_failures: reason by the name of a check that is known to fail.
        **params: parameters that differ from the defaults.

    Raises:
        PluginError: an expected failure names no check, or one that does not apply.
    """
    functions = {function.__name__: function for function in applying(spec)}
    expected = dict(expected_failures or {})
    for name in expected:
        if name not in functions:
            why = f"does not apply to kind '{spec.kind}'" if name in NAMES else "does not exist"
            raise PluginError(
                f"selector '{spec.name}': check '{name}' is expected to fail and {why}."
                f"{nearest(name, functions)} The checks: {', '.join(functions)}."
            )
    lab = Lab(spec, params)
    return [
        Check(name, _promise(check), lab, check, expected.get(name, ""))
        for name, check in functions.items()
    ]


def _promise(check: Callable[[Lab], None]) -> str:
    return (check.__doc__ or "").strip().split("\n", 1)[0]


def conformance(
    spec: SelectorSpec, *, expected_failures: Expected | None = None, **params: Any
) -> Callable[[F], F]:
    """Decorate a test that takes ``check`` and calls it: it runs once for every check that applies.

    An expected failure is pytest's ``xfail``, and a failed test where the check passes.
    """
    import pytest

    def marks(check: Check) -> list[Any]:
        reason = f"{check.expected} ({PASSES})"
        return [pytest.mark.xfail(reason=reason, strict=True)] if check.expected else []

    checks = checks_of(spec, expected_failures=expected_failures, **params)
    mark: Callable[[F], F] = pytest.mark.parametrize(
        "check", [pytest.param(check, id=check.name, marks=marks(check)) for check in checks]
    )
    return mark


def run_checks(
    spec: SelectorSpec, *, expected_failures: Expected | None = None, **params: Any
) -> Iterator[Outcome]:
    """Yield how every check that applies ended; an error counts as a failure of the check."""
    for check in checks_of(spec, expected_failures=expected_failures, **params):
        try:
            problem = _problem(spec, check)
        except SkipTest:
            continue
        expected = check.expected if problem else ""
        if check.expected:
            problem = "" if problem else f"expected to fail ({check.expected}) and {PASSES}."
        yield Outcome(spec.name, check.promise, problem, check.name, expected)


def _problem(spec: SelectorSpec, check: Check) -> str:
    """Return why a check fails, or an empty text."""
    try:
        check()
    except (AssertionError, IgdsError) as error:
        return str(error) or type(error).__name__
    except SkipTest:
        raise
    except Exception as error:
        return f"{type(error).__name__}: {error}{_place(spec, error)}"
    return ""


def _place(spec: SelectorSpec, error: Exception) -> str:
    """Return the last line of the selector's own file that led to an error, or nothing."""
    try:
        own = inspect.getfile(spec.build)
    except (TypeError, OSError):
        return ""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == own]
    return f" ({Path(own).name}, line {lines[-1]})" if lines else ""
