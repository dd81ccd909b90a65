"""Selections as data: overlap of the chosen sets, and the tables of what was chosen."""

from __future__ import annotations

from typing_extensions import TypedDict

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.overlap import Manifests, Overlaps, overlaps, shown_budget
from igds_bench.report.board.rows import Board
from igds_bench.report.figures.selections import POOL, response_lengths
from igds_bench.report.sections.selections import near_lines, read_near, selection_tables
from igds_bench.report.site.payload.sections import TableData, table_data
from igds_bench.report.site.payload.values import name_of, rounded, shorts


class OverlapData(TypedDict):
    """(selectors, selectors) matrices of what chosen sets have in common."""

    names: list[str]
    jaccard: list[list[float]]
    order: list[list[float | None]]
    """Spearman's, of the order of choice."""
    chance: float
    """Jaccard of two random draws."""


class LengthsData(TypedDict):
    """Response tokens of what a selector chose, or of the pool."""

    name: str
    is_pool: bool
    low: float | None
    """The quantile of 5%; ``high`` is that of 95%."""
    q1: float | None
    median: float | None
    q3: float | None
    high: float | None


class SelectionsData(TypedDict):
    """What was chosen on one board, at one budget."""

    board: str
    budget: str
    overlap: OverlapData | None
    lengths: list[LengthsData]
    tables: list[TableData]
    near: list[str]
    """Sentences on near-duplicates."""


def selections(board: Leaderboard) -> list[SelectionsData]:
    """Return one mapping per model and task with a selection."""
    manifests = Manifests(board.folders)
    near = {kept.task: near_lines(kept) for kept in read_near(board.folders)}
    found = []
    for part in board.boards:
        budget = shown_budget(part)
        if budget is not None:
            own = overlaps(part, budget, manifests)
            found.append(_selection(part, budget, own, near.get(part.task, [])))
    return found


def _selection(part: Board, budget: str, found: Overlaps | None, near: list[str]) -> SelectionsData:
    return {
        "board": name_of(part.task, part.model),
        "budget": budget,
        "overlap": _matrix(found) if found else None,
        "lengths": [
            _lengths(name, levels) for name, levels in response_lengths(part, budget).items()
        ],
        "tables": [table_data(table) for table in selection_tables(part, budget, found)],
        "near": near,
    }


def _lengths(name: str, levels: list[float]) -> LengthsData:
    low, q1, median, q3, high = shorts(levels, 1)
    return {
        "name": name,
        "is_pool": name == POOL,
        "low": low,
        "q1": q1,
        "median": median,
        "q3": q3,
        "high": high,
    }


def _matrix(found: Overlaps) -> OverlapData:
    return {
        "names": list(found.names),
        "jaccard": [[rounded(value) for value in row] for row in found.jaccard.tolist()],
        "order": [shorts(row) for row in found.ranks.tolist()],
        "chance": rounded(found.chance, 3),
    }
