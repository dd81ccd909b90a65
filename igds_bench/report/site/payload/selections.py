"""Selections as data: overlap of the chosen sets, and the tables of what was chosen."""

from __future__ import annotations

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.overlap import Manifests, Overlaps, overlaps, shown_budget
from igds_bench.report.board.rows import Board
from igds_bench.report.figures.selections import response_lengths
from igds_bench.report.sections.selections import near_lines, read_near, selection_tables
from igds_bench.report.site.payload.values import Json, name_of, short, shorts


def selections(board: Leaderboard) -> list[Json]:
    """Return one mapping per model and task with a selection."""
    manifests = Manifests(board.folders)
    near = {kept.task: near_lines(kept) for kept in read_near(board.folders)}
    found = []
    for part in board.boards:
        budget = shown_budget(part)
        if budget is not None:
            own = overlaps(part, budget, manifests)
            found.append({**_selection(part, budget, own), "near": near.get(part.task, [])})
    return found


def _selection(part: Board, budget: str, found: Overlaps | None) -> Json:
    return {
        "at": name_of(part.task, part.model),
        "budget": budget,
        "overlap": _matrix(found) if found else None,
        "lengths": {
            name: shorts(levels, 1) for name, levels in response_lengths(part, budget).items()
        },
        "tables": [
            {
                "title": table.title,
                "header": list(table.header),
                "rows": [list(map(str, row)) for row in table.rows],
                "text": table.text_columns,
            }
            for table in selection_tables(part, budget, found)
        ],
    }


def _matrix(found: Overlaps) -> Json:
    return {
        "names": list(found.names),
        "jaccard": [shorts(row.tolist()) for row in found.jaccard],
        "order": [shorts(row.tolist()) for row in found.ranks],
        "chance": short(found.chance, 3),
        "share": short(found.share, 3),
    }
