"""What a check of published records looked at, and what it found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from igds_bench.errors import DataError

SHOWN = 3
"""Cells that are named where more of them have the same problem."""


@dataclass(frozen=True)
class Checked:
    """One thing that was checked, over many records."""

    what: str
    """What holds where there is no problem, such as ``manifests hash to their fingerprint``."""
    count: int
    """How many things were looked at."""
    problems: tuple[str, ...] = ()
    """One sentence each, beginning with the cell or file."""
    note: str = ""
    """What the check could not do."""


def refuse(checks: Sequence[Checked], consequence: str) -> None:
    """Raise one error that lists all problems of some checks, equal ones once.

    Args:
        checks: what was checked.
        consequence: what the problems led to, such as ``nothing was copied``.

    Raises:
        DataError: there is a problem.
    """
    problems = [problem for check in checks for problem in check.problems]
    if problems:
        number = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        lines = "\n".join(f"  - {line}" for line in grouped(problems))
        raise DataError(f"{number}; {consequence}:\n{lines}")


def grouped(problems: Iterable[str]) -> list[str]:
    """Return problems with those that say the same of several cells as one line."""
    cells: dict[str, list[str]] = {}
    for problem in problems:
        cell, _, text = problem.partition(": ")
        cells.setdefault(text, []).append(cell)
    lines = []
    for text, names in cells.items():
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        lines.append(f"{', '.join(names[:SHOWN])}{more}: {text}")
    return lines
