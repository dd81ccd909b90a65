"""The methods text that can be pasted in a paper, and its references."""

from __future__ import annotations

from igds_bench.report import text
from igds_bench.report.leaderboard import Leaderboard
from igds_bench.report.site.numbers import Json


def methods(board: Leaderboard) -> Json:
    """Return paragraphs and BibTeX."""
    return {"lines": [_grid(board), *text.notes(board)], "bibtex": ""}


def _grid(board: Leaderboard) -> str:
    tasks = sorted({part.task for part in board.boards})
    models = sorted({part.model for part in board.boards})
    selectors = {row.selector for p in board.boards for row in p.rows if row.kind == "contender"}
    return (
        f"{len(selectors)} ways to choose fine-tuning data were compared on {', '.join(tasks)} "
        f"with {', '.join(models)}: {len(board.records):,} trained and evaluated cells."
    )
