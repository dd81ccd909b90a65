"""The rows of a board as data, with all that explains their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from typing_extensions import TypedDict

from igds_bench.core.grid import BASE, FULL, Role
from igds_bench.report.board.rows import Row
from igds_bench.report.read.record_facts import distinct_cells
from igds_bench.report.sections import words as text
from igds_bench.report.site.payload.values import rounded, short, significant
from igds_bench.report.statistics.verdict import Verdict

Reference = Literal["untuned", "whole pool", "other"]
"""What a reference shows: the model before training, after training on everything, or neither."""
REFERENCES: Mapping[str, Reference] = {BASE: "untuned", FULL: "whole pool"}


class SummaryData(TypedDict):
    """A metric over the seeds of a row."""

    mean: float
    sd: float | None
    n: int
    low: float
    high: float
    error: float | None
    """Standard error over test examples, mean over cells."""


class VerdictData(TypedDict):
    """A row against the baseline; what is None is not warranted."""

    difference: float
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    p_tied: float | None
    word: str
    df: float | None
    se_seeds: float | None
    se_examples: float | None
    units: int
    """Independent units of the row; likewise ``baseline_units``."""
    baseline_units: int
    examples: int
    detectable: float | None


class RankData(TypedDict):
    """Where a row stands among the selectors at its budget."""

    place: int
    low: int
    high: int
    group: str
    """Letters: rows that share one can't be told apart."""


class MatchedData(TypedDict):
    """What random draws were matched to, and by what."""

    of: str
    by: str


class ChosenData(TypedDict):
    """How many examples were chosen, and of how many."""

    n: int
    pool: int


class SpentData(TypedDict):
    """Means per cell."""

    selection: float
    training: float


class ChangeData(TypedDict):
    """What tuning did to the task's features, means over cells."""

    change: float | None
    before: float | None
    after: float | None
    prompts: int
    suites: list[str]


class RowData(TypedDict):
    """One selector at one budget, or one reference."""

    selector: str
    role: Role
    reference: Reference | None
    """What a reference shows; None for rows that a selector chose for."""
    saes: str | None
    """SAE suite, where the selector reads one."""
    matched: MatchedData | None
    budget: str | None
    share: float
    """Of the pool."""
    beyond_supply: bool
    draws: int
    """Distinct selection seeds; likewise ``trainings``."""
    trainings: int
    metrics: dict[str, SummaryData]
    verdict: VerdictData | None
    rank: RankData | None
    chosen: ChosenData | None
    tokens: float | None
    flops: SpentData
    seconds: SpentData
    amplification: ChangeData | None


def row_data(row: Row) -> RowData:
    """Return a row as data."""
    seeds = [(r.cell.selection_seed, r.cell.training_seed) for r in distinct_cells(row.records)]
    training = row.flops("training")
    of, by = row.matched or ("", "")
    return {
        "selector": row.selector,
        "role": row.role,
        "reference": REFERENCES.get(row.selector, "other") if row.kind == "reference" else None,
        "saes": row.saes,
        "matched": {"of": of, "by": by} if row.matched else None,
        "budget": row.budget,
        "share": significant(row.share) or 0.0,
        "beyond_supply": row.beyond_supply,
        "draws": len({draw for draw, _ in seeds if draw is not None}),
        "trainings": len({training for _, training in seeds if training is not None}),
        "metrics": {name: _summary(row, name) for name in row.metrics},
        "verdict": _verdict(row.verdict),
        "rank": _rank(row),
        "chosen": _chosen(row),
        "tokens": short(row.tokens, 0),
        "flops": {
            "selection": significant(row.compute - training) or 0.0,
            "training": significant(training) or 0.0,
        },
        "seconds": {
            "selection": 0.0 if row.matched else short(row.seconds("selection"), 1) or 0.0,
            "training": short(row.seconds("training"), 1) or 0.0,
        },
        "amplification": _amplified(row),
    }


def _summary(row: Row, name: str) -> SummaryData:
    found = row.metrics[name]
    errors = [r.scores[name].stderr for r in row.records if name in r.scores]
    known = [error for error in errors if error is not None]
    return {
        "mean": rounded(found.mean, 3),
        "sd": short(found.sd, 3),
        "n": found.n,
        "low": rounded(found.low, 3),
        "high": rounded(found.high, 3),
        "error": short(sum(known) / len(known), 3) if known else None,
    }


def _verdict(found: Verdict | None) -> VerdictData | None:
    if found is None:
        return None
    return {
        "difference": rounded(found.difference),
        "low": short(found.low),
        "high": short(found.high),
        "p": significant(found.p, 2),
        "p_holm": significant(found.p_holm, 2),
        "p_tied": significant(found.p_tied, 2),
        "word": text.word_text(found),
        "df": short(found.df, 1),
        "se_seeds": short(found.se_seeds),
        "se_examples": short(found.se_examples),
        "units": found.units[0],
        "baseline_units": found.units[1],
        "examples": found.examples,
        "detectable": short(found.detectable),
    }


def _rank(row: Row) -> RankData | None:
    if row.rank is None:
        return None
    rank = row.rank
    return {"place": rank.place, "low": rank.low, "high": rank.high, "group": rank.group}


def _chosen(row: Row) -> ChosenData | None:
    for record in row.records:
        if record.selection:
            return {"n": record.selection.n, "pool": record.selection.pool_size}
    return None


def _amplified(row: Row) -> ChangeData | None:
    entries = [entry for record in row.records for entry in record.amplification]
    if not entries or row.amplification is None:
        return None
    count = len(entries)
    return {
        "change": short(row.amplification, 3),
        "before": short(sum(entry.base_mean for entry in entries) / count, 3),
        "after": short(sum(entry.tuned_mean for entry in entries) / count, 3),
        "prompts": entries[0].n,
        "suites": sorted({entry.saes for entry in entries}),
    }
