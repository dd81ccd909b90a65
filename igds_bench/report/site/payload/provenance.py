"""Where the numbers come from, as data: versions, hashes, machines, and how to run again."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.sections import background
from igds_bench.report.site.payload.values import Json

FILES = {
    "README.md": "the same report as text and figures",
    "leaderboard.csv": "one line per row and metric, in full precision",
    "leaderboard.json": "the same as JSON",
    "leaderboard.parquet": "the same as Parquet",
    "leaderboard.tex": "the board as a LaTeX table",
    "grid.yaml": "what was run",
}
"""What lies beside the page, where it does."""


def provenance(board: Leaderboard, folder: Path) -> Json:
    """Return versions, hashes, machines, and the files that lie beside the page in ``folder``."""
    created = sorted(record.created for record in board.records)
    return {
        "made": background.environment_lines(board.records),
        "first": f"{created[0]:%Y-%m-%d}" if created else "",
        "last": f"{created[-1]:%Y-%m-%d}" if created else "",
        "revisions": _revisions(board),
        "plugins": _plugins(board),
        "data": background.data_lines(board),
        "estimate": background.estimate_line(board.records),
        "grid": board.grid,
        "files": [[name, what] for name, what in FILES.items() if (folder / name).exists()],
    }


def _revisions(board: Leaderboard) -> list[list[str]]:
    """Return rows of: of which model or task, what, its revision or hash, records."""
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for record in board.records:
        for name, revision in record.revisions.items():
            whose = record.cell.task if name == "data" else record.cell.model
            counts[whose, name, revision] += 1
    return [[*key, f"{count:,}"] for key, count in sorted(counts.items())]


def _plugins(board: Leaderboard) -> list[list[str]]:
    """Return rows of: distribution and version, what it registered."""
    found: dict[str, set[str]] = defaultdict(set)
    for record in board.records:
        named = {"selector": record.cell.selector, "model": record.cell.model}
        named["task"] = record.cell.task
        for kind, origin in record.plugins.items():
            found[origin].add(named.get(kind, kind))
    return [[origin, ", ".join(sorted(names))] for origin, names in sorted(found.items())]
