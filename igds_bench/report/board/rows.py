"""Rows and boards: the records of one model and task, summarised over seeds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from igds_bench.core.grid import BASE, FULL, Role
from igds_bench.core.record import RunRecord
from igds_bench.report.statistics.ranks import Rank
from igds_bench.report.statistics.summaries import Summary
from igds_bench.report.statistics.verdict import Verdict

NO_BASELINE = "the baseline"
"""What texts call it where no row is one, or boards have several."""


@dataclass(frozen=True)
class Row:
    """One selector at one budget, or one reference."""

    selector: str
    role: Role
    saes: str | None
    budget: str | None
    share: float
    """Selected share of the pool; 0 for the untuned model, 1 for the whole pool."""
    metrics: dict[str, Summary]
    """Over seeds, by metric; equal trainings on equal rows count once."""
    records: tuple[RunRecord, ...]
    beyond_supply: bool = False
    verdict: Verdict | None = None
    """Against the baseline, by the primary metric at the same budget; None for references and for
    the baseline itself, and where there is none."""
    rank: Rank | None = None
    """Among the selectors at the same budget; None for references and controls."""

    @property
    def kind(self) -> Literal["contender", "reference"]:
        """``reference``, or ``contender`` for every row that a selector chose for."""
        return "reference" if self.role == "reference" else "contender"

    @property
    def control(self) -> bool:
        """Whether the row only shows what others are worth."""
        return self.role in ("control", "placebo")

    @property
    def tuned(self) -> bool:
        """Whether anything was trained."""
        return self.selector != BASE

    @property
    def place(self) -> tuple[str, str | None]:
        """What tells the row from the others of its board."""
        return self.selector, self.budget

    def seconds(self, charge: str) -> float:
        """Return mean seconds per cell of ``selection`` or ``training``, whoever computed them."""
        return sum(_spent(r, charge, "seconds") for r in self.records) / len(self.records)

    def flops(self, charge: str) -> float:
        """Return mean FLOPs per cell of ``selection`` or ``training``."""
        return sum(_spent(r, charge, "flops") for r in self.records) / len(self.records)

    @property
    def matched(self) -> tuple[str, str] | None:
        """What a ``matched`` control is matched to, and by what; None for other rows."""
        selection = self.records[0].selection
        drawn = selection.matched if selection is not None else None
        return (drawn.of, drawn.by) if drawn is not None else None

    @property
    def compute(self) -> float:
        """Mean FLOPs per cell of selecting and training.

        A ``matched`` control draws at random; it reads the other's selection only to know how much
        to draw, so that training is all that it costs.
        """
        return self.flops("training") + (0.0 if self.matched else self.flops("selection"))

    @property
    def tokens(self) -> float | None:
        """Mean training tokens of the selection."""
        counts = [r.selection.tokens for r in self.records if r.selection]
        return sum(counts) / len(counts) if counts else None

    @property
    def amplification(self) -> float | None:
        """Mean change of the task features' activation at t*, over records and suites."""
        changes = [a.change for r in self.records for a in r.amplification]
        return sum(changes) / len(changes) if changes and self.tuned else None


@dataclass(frozen=True)
class Board:
    """All rows of one model and task."""

    model: str
    task: str
    primary: str
    """The metric that rows are sorted and judged by."""
    higher_is_better: bool
    metrics: tuple[str, ...]
    rows: tuple[Row, ...]

    def row(self, selector: str, budget: str | None = None) -> Row | None:
        """Return the row of a selector at a budget, or None."""
        return next((r for r in self.rows if r.selector == selector and r.budget == budget), None)

    @cached_property
    def baselines(self) -> tuple[str, ...]:
        """Labels that records call the baseline, that of most records first; one, as a rule."""
        counts: Counter[str] = Counter()
        for row in self.rows:
            if row.role == "baseline":
                counts[row.selector] += len(row.records)
        return tuple(sorted(counts, key=lambda label: (-counts[label], label)))

    @property
    def baseline(self) -> str:
        """The label that the others are set against; empty where there is none."""
        return self.baselines[0] if self.baselines else ""

    @property
    def against(self) -> str:
        """What the others are set against, for texts."""
        return self.baseline or NO_BASELINE

    def baseline_at(self, budget: str | None) -> Row | None:
        """Return the row that the others at a budget are set against, or None."""
        return self.row(self.baseline, budget) if self.baseline else None

    @property
    def base(self) -> Row | None:
        """The row of the untuned model."""
        return self.row(BASE)

    @property
    def full(self) -> Row | None:
        """The row of the whole pool."""
        return self.row(FULL)

    @property
    def budgets(self) -> tuple[str, ...]:
        """Budgets of the contenders, smallest first."""
        shares = {r.budget: r.share for r in self.rows if r.budget is not None}
        return tuple(sorted((b for b in shares if b), key=lambda b: shares[b]))


def _spent(record: RunRecord, charge: str, name: str) -> float:
    """Return what a record's phases say of a charge; older records name none, kinds tell it."""
    selecting = {"rank"}
    if record.selection and record.selection.features is not None:
        selecting.add("features")
    kinds = selecting if charge == "selection" else {"finetune"}
    return sum(
        getattr(phase, name) or 0.0
        for phase in record.phases
        if phase.charge == charge or (phase.charge is None and phase.kind in kinds)
    )
