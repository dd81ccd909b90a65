"""Boards as data: one for each model and task."""

from __future__ import annotations

from typing_extensions import TypedDict

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board
from igds_bench.report.board.spread import underpowered
from igds_bench.report.sections.words import draws_text
from igds_bench.report.site.payload.rows import RowData, row_data
from igds_bench.report.site.payload.values import name_of


class MetricData(TypedDict):
    """A metric of a board."""

    name: str
    higher_is_better: bool
    signature: str
    version: int
    n: int
    """Test examples."""


class BoardData(TypedDict):
    """All rows of one model and task."""

    id: str
    model: str
    task: str
    primary: str
    higher_is_better: bool
    metrics: list[MetricData]
    budgets: list[str]
    baseline: str
    """Label that the others are set against; empty where there is none."""
    against: str
    """What texts call it; likewise ``baseline_draws``, for its cells."""
    baseline_draws: str
    margin: float | None
    """Points within which a row counts as tied."""
    family: int
    """Comparisons that Holm's correction is over."""
    underpowered: str
    """How little its verdicts can find, where that must be said."""
    rows: list[RowData]


def boards(board: Leaderboard) -> list[BoardData]:
    """Return one mapping per model and task."""
    return [_board(part) for part in board.boards]


def _board(part: Board) -> BoardData:
    judged = [row.verdict for row in part.rows if row.verdict]
    return {
        "id": name_of(part.task, part.model),
        "model": part.model,
        "task": part.task,
        "primary": part.primary,
        "higher_is_better": part.higher_is_better,
        "metrics": [_metric(part, name) for name in part.metrics],
        "budgets": list(part.budgets),
        "baseline": part.baseline,
        "against": part.against,
        "baseline_draws": draws_text(part.against),
        "margin": judged[0].margin if judged else None,
        "family": sum(verdict.p is not None for verdict in judged),
        "underpowered": underpowered(part) or "",
        "rows": [row_data(row) for row in part.rows],
    }


def _metric(part: Board, name: str) -> MetricData:
    scores = [r.scores[name] for row in part.rows for r in row.records if name in r.scores]
    return {
        "name": name,
        "higher_is_better": scores[0].higher_is_better,
        "signature": scores[0].signature,
        "version": scores[0].version,
        "n": max(score.n for score in scores),
    }
