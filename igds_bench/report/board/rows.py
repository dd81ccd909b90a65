"""Rows and boards: the records of one model and task, summarised over seeds."""

from __future__ import annotations

from dataclasses import dataclass

from igds_bench.core.record import RunRecord
from igds_bench.report.statistics.ranks import Rank
from igds_bench.report.statistics.summaries import Summary
from igds_bench.report.statistics.verdict import Verdict


@dataclass(frozen=True)
class Row:
    """One selector at one budget, or one reference."""

    selector: str
    kind: str
    saes: str | None
    budget: str | None
    share: float
    """Selected share of the pool; 0 for ``base``, 1 for ``full``."""
    metrics: dict[str, Summary]
    """Over seeds, by metric; equal trainings on equal rows count once."""
    records: tuple[RunRecord, ...]
    beyond_supply: bool = False
    control: bool = False
    """Whether the row only shows what others are worth."""
    verdict: Verdict | None = None
    """Against random, by the primary metric at the same budget; None for references and for random
    itself, and where there is no random row."""
    rank: Rank | None = None
    """Among the selectors at the same budget; None for references and controls."""

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
        params = self.records[0].settings.get("selector") or {}
        return (str(params["of"]), str(params["by"])) if {"of", "by"} <= params.keys() else None

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
        return sum(changes) / len(changes) if changes and self.selector != "base" else None


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

    @property
    def budgets(self) -> tuple[str, ...]:
        """Budgets of the contenders, smallest first."""
        shares = {r.budget: r.share for r in self.rows if r.budget is not None}
        return tuple(sorted((b for b in shares if b), key=lambda b: shares[b]))


def _spent(record: RunRecord, charge: str, name: str) -> float:
    """Return what a record's phases say of a charge; older records name none, kinds tell it."""
    selecting = {"rank"}
    if record.selection and "features" in record.selection.notes:
        selecting.add("features")
    kinds = selecting if charge == "selection" else {"finetune"}
    return sum(
        getattr(phase, name) or 0.0
        for phase in record.phases
        if phase.charge == charge or (phase.charge is None and phase.kind in kinds)
    )
