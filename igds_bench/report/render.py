"""Write a leaderboard as README.md, site, CSV, JSON and figures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from igds_bench.report import text
from igds_bench.report.amplification import MOST_SUITES
from igds_bench.report.feature_section import feature_section
from igds_bench.report.formats import markdown
from igds_bench.report.leaderboard import Leaderboard
from igds_bench.report.plots import draw_figures
from igds_bench.report.rows import Board, Row
from igds_bench.report.sae_quality import quality_section
from igds_bench.report.section import Section, Table
from igds_bench.report.selection_section import selection_section
from igds_bench.report.site import write_site


def render(board: Leaderboard, folder: Path) -> Path:
    """Write every format of a leaderboard into a folder.

    Returns:
        The path of its ``README.md``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, title, notes = flat_rows(board), f"Leaderboard: {board.name}", text.notes(board)
    parts = sections(board, folder / "figures")
    (folder / "leaderboard.csv").write_text(_csv(rows), encoding="utf-8")
    (folder / "leaderboard.json").write_text(
        json.dumps(_as_json(board, rows), indent=1), encoding="utf-8"
    )
    (folder / "README.md").write_text(markdown(title, notes, parts), encoding="utf-8")
    write_site(board, folder)
    return folder / "README.md"


def flat_rows(board: Leaderboard) -> list[dict[str, Any]]:
    """Return one flat mapping per row and metric, in full precision."""
    return [flat for part in board.boards for row in part.rows for flat in _flat(part, row)]


def _flat(board: Board, row: Row) -> list[dict[str, Any]]:
    shared = {
        "model": board.model,
        "task": board.task,
        "selector": row.selector,
        "kind": "control" if row.control else row.kind,
        "saes": row.saes,
        "budget": row.budget,
        "share": row.share,
        "beyond_supply": row.beyond_supply,
    }
    costs = {
        "tokens": row.tokens,
        "amplification": row.amplification,
        "seconds_selection": row.seconds("selection"),
        "seconds_training": row.seconds("training"),
        "flops_selection": row.flops("selection"),
        "flops_training": row.flops("training"),
    }
    flat = []
    for name, summary in row.metrics.items():
        against = row.verdict if name == board.primary else None
        ranked = row.rank if name == board.primary else None
        flat.append(
            {
                **shared,
                "metric": name,
                "primary": name == board.primary,
                "mean": summary.mean,
                "sd": summary.sd,
                "n": summary.n,
                "min": summary.low,
                "max": summary.high,
                "against_random": against.difference if against else None,
                "against_random_low": against.low if against else None,
                "against_random_high": against.high if against else None,
                "verdict": text.word_text(against),
                "p": against.p if against else None,
                "p_holm": against.p_holm if against else None,
                "p_tied": against.p_tied if against else None,
                "detectable": against.detectable if against else None,
                "rank": ranked.place if ranked else None,
                "rank_low": ranked.low if ranked else None,
                "rank_high": ranked.high if ranked else None,
                "ties": ranked.group if ranked else "",
                **costs,
            }
        )
    return flat


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()


def _as_json(board: Leaderboard, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": board.name,
        "rows": rows,
        "headlines": {_id(b): text.headline(b) for b in board.boards},
        "failed": [
            {"cell": r.cell.id, "stage": r.failed_stage, "reason": r.reason} for r in board.failed
        ],
        "problems": board.problems,
        "features": board.features,
    }


def _id(board: Board) -> str:
    return f"{board.task}--{board.model}".replace("/", "_")


def _title(board: Board) -> str:
    direction = "higher" if board.higher_is_better else "lower"
    return f"{board.task} · {board.model} ({board.primary}, {direction} is better)"


def sections(board: Leaderboard, figures: Path) -> list[Section]:
    """Return the parts of a report, drawing its figures; empty ones are left out."""
    found = [_board_section(part, figures) for part in board.boards]
    found += [feature_section(features, figures) for features in _explained(board)]
    found.append(selection_section(board, figures, board.folders))
    found.append(quality_section(board, figures))
    spread = [
        f"{b.task}, {b.model}, {line}" for b in board.boards for line in text.random_spread(b)
    ]
    closing = [
        ("Spread of random", spread),
        ("Problems", board.problems),
        ("Failed cells", [f"{r.cell.id}: {r.reason}" for r in board.failed]),
        ("Data", text.data_lines(board)),
        ("Plan against measurement", [text.estimate_line(board.records)]),
        ("Made with", text.environment_lines(board.records)),
    ]
    found += [Section(title, [line for line in lines if line]) for title, lines in closing]
    if board.grid:
        how = "Save this as `grid.yaml` and run `igds-bench run grid.yaml`:"
        found.append(Section("How to run it again", [how], code=board.grid))
    return [section for section in found if not section.is_empty]


def _board_section(part: Board, figures: Path) -> Section:
    header, rows = text.table(part)
    return Section(
        _title(part), text.headline(part), [Table(header, rows)], draw_figures(part, figures)
    )


def _explained(board: Leaderboard) -> list[dict[str, Any]]:
    """Return the features that get a section; of very many suites, only those of the first."""
    suites = list(dict.fromkeys(found["saes"] for found in board.features))
    shown = suites if len(suites) <= MOST_SUITES else []
    return [found for found in board.features if found["saes"] in shown]
