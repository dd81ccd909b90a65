"""Write a leaderboard as README.md, site, CSV, JSON, Parquet, LaTeX and figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from igds_bench.core.names import path_name
from igds_bench.report.board.amplification import MOST_SUITES
from igds_bench.report.board.curves import Curve
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board
from igds_bench.report.figures.curves import draw_figures
from igds_bench.report.formats.flat import csv_text, flat_rows, write_parquet
from igds_bench.report.formats.latex import latex
from igds_bench.report.formats.markdown import markdown
from igds_bench.report.sections import background, readme
from igds_bench.report.sections import words as text
from igds_bench.report.sections.cost import verdict_sections
from igds_bench.report.sections.features import feature_section
from igds_bench.report.sections.sae_quality import quality_section
from igds_bench.report.sections.section import Section
from igds_bench.report.sections.selections import selection_section
from igds_bench.report.site import write_site


def render(board: Leaderboard, folder: Path) -> Path:
    """Write every format of a leaderboard into a folder.

    Returns:
        The path of its ``README.md``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, figures = flat_rows(board), folder / "figures"
    (folder / "leaderboard.csv").write_text(csv_text(rows), encoding="utf-8")
    write_parquet(rows, folder / "leaderboard.parquet")
    (folder / "leaderboard.tex").write_text(latex(board), encoding="utf-8")
    (folder / "leaderboard.json").write_text(
        json.dumps(_as_json(board, rows), indent=1), encoding="utf-8"
    )
    (folder / "README.md").write_text(_readme(board, figures), encoding="utf-8")
    write_site(board, folder)
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


def _readme(board: Leaderboard, figures: Path) -> str:
    """Return the README, drawing all figures: what is concluded, and below it, folded, the rest."""
    drawn = [
        (part, *readme.beside(draw_figures(part, figures, _curves_of(board, part))))
        for part in board.boards
    ]
    shown = [
        readme.verdict_section(board),
        readme.standing_section(board),
        *(readme.board_section(part, curves) for part, curves, _ in drawn),
        quality_section(board, figures),
        Section("Problems", board.problems),
        Section("Failed cells", [f"{r.cell.id}: {r.reason}" for r in board.failed]),
    ]
    folded = [
        Section("How to read the numbers", text.notes(board)),
        *(Section(f"Amplification: {p.task} · {p.model}", figures=own) for p, _, own in drawn),
        *sections(board, figures),
    ]
    title, opening = f"Leaderboard: {board.name}", readme.opening(board)
    return markdown(title, opening, readme.non_empty(shown), readme.non_empty(folded))


def _curves_of(board: Leaderboard, part: Board) -> list[Curve]:
    return [c for c in board.curves if (c.model, c.task) == (part.model, part.task)]


def sections(board: Leaderboard, figures: Path) -> list[Section]:
    """Return the details of a report, drawing their figures; empty ones are left out."""
    found = [feature_section(features, figures) for features in _explained(board)]
    found.append(selection_section(board, figures, board.folders))
    found += verdict_sections(board)
    spread = [
        f"{b.task}, {b.model}, {line}"
        for b in board.boards
        for line in background.baseline_spread(b)
    ]
    closing = [
        (f"Spread of {board.against}", spread),
        ("Data", background.data_lines(board)),
        ("Plan against measurement", [background.estimate_line(board.records)]),
        ("Made with", background.environment_lines(board.records)),
    ]
    found += [Section(title, [line for line in lines if line]) for title, lines in closing]
    if board.grid:
        how = "Save this as `grid.yaml` and run `igds-bench run grid.yaml`:"
        found.append(Section("How to run it again", [how], code=board.grid))
    return readme.non_empty(found)


def _explained(board: Leaderboard) -> list[dict[str, Any]]:
    """Return the features that get a section; of very many suites, only those of the first."""
    suites = list(dict.fromkeys(found["saes"] for found in board.features))
    shown = suites if len(suites) <= MOST_SUITES else []
    return [found for found in board.features if found["saes"] in shown]
