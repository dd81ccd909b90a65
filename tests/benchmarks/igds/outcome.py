"""What a benchmark found, and how it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.benchmarks.igds.timing import Timed


@dataclass(frozen=True)
class Ratio:
    """The package against one reference."""

    reference: str
    unit: str
    """What a time is the time of."""
    ours: float
    """Seconds per unit."""
    ours_units: int
    theirs: float
    """Seconds per unit, of the units that ran."""
    theirs_units: int
    target: float | None
    ceilings: dict[str, float]
    """What the counted FLOPs alone allow, by what is assumed."""

    @classmethod
    def of(
        cls, ours: Timed, theirs: Timed, unit: str, target: float, ceilings: dict[str, float]
    ) -> Ratio:
        """Compare two timed runs."""
        return cls(
            theirs.name,
            unit,
            ours.per_unit,
            ours.units,
            theirs.per_unit,
            theirs.units,
            target,
            ceilings,
        )

    @property
    def times(self) -> float:
        """How many times faster the package is."""
        return self.theirs / self.ours


@dataclass
class Outcome:
    """What a benchmark found."""

    name: str
    ratios: list[Ratio] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """What was not equal, or not within its bound; empty if all is well."""


HEADER = (
    "benchmark",
    "reference",
    "unit",
    "ours, ms (units run)",
    "reference, ms (units run)",
    "ratio",
    "target",
    "FLOP ceiling",
)


def _cells(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    for ratio in outcome.ratios:
        yield (
            outcome.name,
            ratio.reference,
            ratio.unit,
            f"{1000 * ratio.ours:.4g} ({ratio.ours_units})",
            f"{1000 * ratio.theirs:.4g} ({ratio.theirs_units})",
            f"{ratio.times:.2f}",
            f">= {ratio.target:g}" if ratio.target else "",
            "; ".join(f"{value:.2f} {name}".strip() for name, value in ratio.ceilings.items()),
        )


def _lines(outcome: Outcome) -> Iterator[str]:
    for name, value in outcome.facts.items():
        yield f"{outcome.name}: {name}: {value}"
    for fault in outcome.faults:
        yield f"{outcome.name}: NOT EQUAL: {fault}"
    if not outcome.faults:
        yield f"{outcome.name}: results are equal"


def print_outcomes(
    conditions: dict[str, str], outcomes: Sequence[Outcome], console: Console
) -> None:
    """Print one table, then what else was found and under which conditions."""
    table = Table(title="Stages of IGDS against the obvious code", title_justify="left")
    for title in HEADER:
        table.add_column(title, overflow="fold")
    for outcome in outcomes:
        for cells in _cells(outcome):
            table.add_row(*(escape(cell) for cell in cells))
    if table.row_count:
        console.print(table)
    for line in (*_all_lines(outcomes), *_conditions(conditions)):
        console.print(escape(line), highlight=False, soft_wrap=True)


def markdown(conditions: dict[str, str], outcomes: Sequence[Outcome]) -> str:
    """Return the same as Markdown."""
    rows = [cells for outcome in outcomes for cells in _cells(outcome)]
    table = ["| " + " | ".join(row) + " |" for row in (HEADER, ("---",) * len(HEADER), *rows)]
    parts = ["# Stages of IGDS against the obvious code", ""]
    parts += [*table, ""] if rows else []
    parts += [f"- {line}" for line in (*_all_lines(outcomes), *_conditions(conditions))]
    return "\n".join(parts) + "\n"


def _all_lines(outcomes: Sequence[Outcome]) -> list[str]:
    return [line for outcome in outcomes for line in _lines(outcome)]


def _conditions(conditions: dict[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in conditions.items()]
