"""Write a leaderboard as README.md, site, CSV, JSON, Parquet, LaTeX and figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from igds_bench.core.names import path_name
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board
from igds_bench.report.formats.flat import csv_text, flat_rows, write_parquet
from igds_bench.report.formats.latex import latex
from igds_bench.report.formats.markdown import markdown
from igds_bench.report.sections import readme
from igds_bench.report.sections import words as text
from igds_bench.report.sections.outline import OUTLINE, Entry, Made, make_sections
from igds_bench.report.site import write_site


def render(board: Leaderboard, folder: Path, outline: Sequence[Entry] = OUTLINE) -> Path:
    """Write every format of a leaderboard into a folder.

    Args:
        board: what some folders of records say.
        folder: of the report; it is made.
        outline: the sections of its README and its page.

    Returns:
        The path of its ``README.md``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, made = flat_rows(board), make_sections(board, folder / "figures", outline)
    (folder / "leaderboard.csv").write_text(csv_text(rows), encoding="utf-8")
    write_parquet(rows, folder / "leaderboard.parquet")
    (folder / "leaderboard.tex").write_text(latex(board), encoding="utf-8")
    (folder / "leaderboard.json").write_text(
        json.dumps(_as_json(board, rows), indent=1), encoding="utf-8"
    )
    (folder / "README.md").write_text(_readme(board, outline, made), encoding="utf-8")
    write_site(board, folder, made)
    return folder / "README.md"


def _as_json(board: Leaderboard, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": board.name,
        "rows": rows,
        "headlines": {_id(b): text.headline(b) for b in board.boards},
        "failed": [
            {"cell": r.cell.id, "stage": r.failed_stage, "reason": r.reason} for r in board.failed
        ],
        "problems": board.problems,
        "standings": [asdict(standing) for standing in board.standings],
        "curves": [asdict(curve) for curve in board.curves],
        "features": board.features,
    }


def _id(board: Board) -> str:
    return path_name(board.task, board.model)


def _readme(board: Leaderboard, outline: Sequence[Entry], made: Made) -> str:
    """Return the README: what is concluded, and below it, folded, the rest."""
    shown, folded = (
        [section for entry in outline if entry.folded == fold for section in made[entry.id]]
        for fold in (False, True)
    )
    return markdown(f"Leaderboard: {board.name}", readme.opening(board), shown, folded)
