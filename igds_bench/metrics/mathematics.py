"""Equivalence of mathematical answers, by math-verify (Kydlicek, Hugging Face)."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

from igds_bench.core.aggregation import Mean
from igds_bench.core.data.reference import Reference, texts_of
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import StageError
from igds_bench.metrics.answers import answer_pattern, last_answer

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

SECONDS = 5
"""CPU time that one comparison may take; one that takes longer is wrong."""
WORKER = "igds_bench.metrics.math_worker"
MODULES = ("math_verify", "sympy", "antlr4")


def math(answer: str | None = None, name: str = "math", reference: str | None = None) -> MetricSpec:
    r"""Return the share of predictions whose answer is equivalent to a reference's, in percent.

    Args:
        answer: regular expression whose group 1 (or whole match) is the answer, as for
            ``exact_match``; None leaves it to math-verify: the last ``\boxed{}``, or formula, or
            number. A reference without ``\boxed{}`` or ``$`` is an answer as a whole.
        name: the metric's name.
        reference: regular expression of the answer in references where it is found there; others
            are taken as ``answer`` says.

    Raises:
        ConfigError: ``answer`` or ``reference`` is no regular expression.
    """
    pattern, within = answer_pattern(answer, name), answer_pattern(reference, name)

    def statistics(predictions: Sequence[str], references: Sequence[Reference]) -> FloatArray:
        import numpy as np

        compare = _comparer(os.getpid()).is_same
        right = []
        for prediction, several in zip(predictions, references, strict=True):
            found = last_answer(pattern, prediction)
            given = (_wanted(text, within, pattern) for text in texts_of(several))
            wanted = [text.strip() for text in given if text is not None and text.strip()]
            right.append(found is not None and _is_right(found, wanted, pattern, compare))
        return np.column_stack([100.0 * np.asarray(right, dtype=np.float64), np.ones(len(right))])

    return MetricSpec(
        name,
        ("correct", "n"),
        statistics,
        Mean(),
        signature=f"math|answer:{answer or 'by math-verify'}"
        f"{f'|reference:{reference}' if reference else ''}|math-verify {_version()}|"
        f"{SECONDS} CPU seconds",
        problems=lambda: _problems(name),
        several_references=True,
    )


def _wanted(
    text: str, within: re.Pattern[str] | None, pattern: re.Pattern[str] | None
) -> str | None:
    """Return the answer in a reference."""
    found = last_answer(within, text) if within is not None else None
    return found if found is not None else last_answer(pattern, text)


def _is_right(
    found: str,
    wanted: Sequence[str],
    pattern: re.Pattern[str] | None,
    compare: Callable[[str, Sequence[str]], bool],
) -> bool:
    """Return whether an answer is one of the wanted, as a text or by what compares them."""
    if found.strip() in wanted:
        return True
    read = found if pattern is None else _as_answer(found)  # what a pattern found is an answer
    return bool(wanted) and compare(read, [_as_answer(text) for text in wanted])


def _as_answer(text: str) -> str:
    r"""Return a text so that it is read as an answer: one without ``\boxed`` and ``$`` as boxed."""
    return text if "\\boxed" in text or "$" in text else f"\\boxed{{{text.strip()}}}"


def _problems(name: str) -> list[str]:
    if all(find_spec(module) is not None for module in MODULES):
        return []
    return [
        f"metric '{name}' needs packages that are not installed: pip install 'igds-bench[math]'"
    ]


def _version() -> str:
    try:
        return version("math-verify")
    except PackageNotFoundError:
        return "not installed"


class _Comparer:
    """A process that compares answers, started again whenever its limit has ended it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        paths = os.pathsep.join(path for path in sys.path if path)
        return subprocess.Popen(
            [sys.executable, "-m", WORKER, str(SECONDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": paths},
        )

    def is_same(self, prediction: str, references: Sequence[str]) -> bool:
        """Return whether a prediction's answer is equivalent to that of any reference.

        Raises:
            StageError: the process can't be started.
        """
        asked = json.dumps([prediction, list(references)]).replace("\\u2212", "-")
        with self._lock:
            for _ in range(2):
                said = self._ask(asked)
                if said is not None:
                    return said
                ended = self._process.wait()
                self._restart()
                if ended == -signal.SIGXCPU:
                    break
        return False

    def _restart(self) -> None:
        self._process = self._start()
        if self._ask(json.dumps(["1", ["1"]])) is None:
            raise StageError("the process that compares answers with math-verify ends at once.")

    def _ask(self, line: str) -> bool | None:
        """Return the process's answer; None where it has ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        said = self._process.stdout.readline()
        return bool(json.loads(said)) if said else None


@cache
def _comparer(process: int) -> _Comparer:
    """Return the comparer of this process, which a forked one must not share."""
    return _Comparer()
