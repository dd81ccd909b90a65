"""Feature amplification of a board: what each tuned cell did to activations, and to the metric."""

from __future__ import annotations

from dataclasses import dataclass

from igds_bench.core.record import Amplification, RunRecord
from igds_bench.report.board.rows import Board
from igds_bench.report.statistics.summaries import (
    MIN_CELLS,
    Correlation,
    correlations,
    partial_correlation,
)

GROUPS = {
    "task": "the task's features",
    "random-recalled": "random recalled features",
    "other-task": "another task's features",
}
"""What is measured, in words."""
MOST_SUITES = 3
"""Suites of a board beyond which amplification is not drawn suite by suite."""


@dataclass(frozen=True)
class Point:
    """One tuned cell."""

    selector: str
    changes: dict[str, float]
    """Change in mean activation at t*, tuned minus base, by group."""
    metric: float
    """Change in the primary metric, tuned minus base."""
    prompt_tokens: float | None
    """Mean prompt length of what it was trained on."""


@dataclass(frozen=True)
class Relation:
    """How the change in activation of one group goes with the change in the metric."""

    group: str
    cells: int
    found: dict[str, Correlation] | None
    """Pearson and Spearman; None where no coefficient is warranted."""
    partial: Correlation | None
    """Pearson given prompt length."""


def suites_of(board: Board) -> list[str]:
    """Return the SAE suites that a board's amplification is shown for."""
    names = {a.saes for row in board.rows for record in row.records for a in record.amplification}
    return sorted(names) if len(names) <= MOST_SUITES else []


def entry(record: RunRecord, suite: str) -> Amplification | None:
    """Return what a record says of one suite."""
    return next((a for a in record.amplification if a.saes == suite), None)


def points(board: Board, suite: str) -> list[Point]:
    """Return one point for each tuned cell that was measured with a suite."""
    base = board.base
    if base is None or board.primary not in base.metrics:
        return []
    start = base.metrics[board.primary].mean
    found = []
    for row in board.rows:
        for record in row.records:
            measured = entry(record, suite)
            if not row.tuned or measured is None or board.primary not in record.scores:
                continue
            controls = {name: control.change for name, control in measured.controls.items()}
            found.append(
                Point(
                    row.selector,
                    {"task": measured.change, **controls},
                    record.scores[board.primary].value - start,
                    record.selection.mean_prompt_tokens if record.selection else None,
                )
            )
    return found


def relations(found: list[Point]) -> list[Relation]:
    """Return the correlations of every group that was measured."""
    relations = []
    for group in GROUPS:
        own = [point for point in found if group in point.changes]
        if not own:
            continue
        x, y = [p.changes[group] for p in own], [p.metric for p in own]
        lengths = [p.prompt_tokens for p in own]
        known = [length for length in lengths if length is not None]
        partial = partial_correlation(x, y, known) if len(known) == len(own) else None
        relations.append(Relation(group, len(own), correlations(x, y), partial))
    return relations


def describe(board: Board, suite: str, found: list[Relation]) -> str:
    """Return the caption of the amplification figure, coefficients included where warranted."""
    cells = max(relation.cells for relation in found)
    text = (
        f"{board.task}, {board.model}, suite {suite}: change in mean activation at t* on the "
        f"held-out probe split, tuned minus base, against the change in {board.primary}; one point "
        f"per tuned cell ({cells})."
    )
    if cells < MIN_CELLS:
        return text + f" With fewer than {MIN_CELLS} cells no correlation coefficient is warranted."
    return " ".join([text, *(_describe_one(relation) for relation in found), compare(found)])


def _describe_one(relation: Relation) -> str:
    name = GROUPS[relation.group]
    name = name[0].upper() + name[1:]
    if relation.found is None:
        return f"{name}: one side does not vary, so there is no correlation coefficient."
    parts = [f"{label} {interval_text(c)}" for label, c in relation.found.items()]
    if relation.partial is not None:
        parts.append(f"Pearson given prompt length {interval_text(relation.partial)}")
    return f"{name}: {', '.join(parts)}."


def interval_text(found: Correlation) -> str:
    """Return a coefficient with its 95% bootstrap interval."""
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def compare(found: list[Relation]) -> str:
    """Say whether the controls go with the metric as strongly as the task's features do."""
    own = next((r for r in found if r.group == "task"), None)
    if own is None or own.found is None:
        return ""
    strength = abs(own.found["Pearson"].value)
    as_strong = [
        GROUPS[r.group]
        for r in found
        if r.group != "task" and r.found and abs(r.found["Pearson"].value) >= strength
    ]
    if not as_strong:
        return "Intervals are 95% bootstrap intervals over cells."
    return (
        f"{' and '.join(as_strong).capitalize()} go with the metric as strongly as the task's own "
        "do. Intervals are 95% bootstrap intervals over cells."
    )
