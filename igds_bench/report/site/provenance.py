"""Where the numbers come from: files, versions, hashes, and what was registered by whom."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.sections.background import facts_by_task
from igds_bench.report.sections.outline import Made
from igds_bench.report.sections.section import Cell, Link, Section, Table

FILES = {
    "README.md": "the same report as text and figures",
    "leaderboard.csv": "one line per row and metric, in full precision",
    "leaderboard.json": "the same as JSON",
    "leaderboard.parquet": "the same as Parquet",
    "leaderboard.tex": "the board as a LaTeX table",
    "grid.yaml": "what was run",
}
"""What lies beside the page, where it does."""


def provenance(board: Leaderboard, folder: Path) -> Made:
    """Return sections on what lies beside the page in ``folder``, on versions and hashes."""
    header = ["Model or task", "What", "Revision or hash", "Records"]
    revisions = Table(header, _revisions(board), "Revisions and content hashes", text_columns=3)
    header = ["Task", "Data set", "Splits", "Licence", "Revision", "Homepage"]
    data = Table(header, _data_sets(board), "Data sets and their licences", text_columns=6)
    header = ["Distribution", "Selectors, models, tasks"]
    plugins = Table(header, _plugins(board), "What was registered by whom")
    files = Table(["File", "What"], _files(folder), "Files beside this page")
    return {
        "files": [Section("Records and files", [_dates(board)], _full(files))],
        "revisions": [Section("Revisions and hashes", tables=[*_full(data), *_full(revisions)])],
        "plugins": [Section("Plugins", tables=_full(plugins))],
    }


def _full(table: Table) -> list[Table]:
    return [table] if table.rows else []


def _dates(board: Leaderboard) -> str:
    created = sorted(f"{record.created:%Y-%m-%d}" for record in board.records)
    first, last = (created[0], created[-1]) if created else ("", "")
    made = f"on {first}" if first == last else f"from {first} to {last}"
    source = "Every number on this page is computed from the records in this folder."
    return f"Records made {made}. {source}" if created else source


def _files(folder: Path) -> list[list[Cell]]:
    return [[Link(name, name), what] for name, what in FILES.items() if (folder / name).exists()]


def _data_sets(board: Leaderboard) -> list[list[Cell]]:
    """Return a row for each data set of each task."""
    return [
        [
            task,
            source.name,
            ", ".join(source.splits),
            source.licence or "not stated",
            "local copy" if source.kind == "copy" else source.revision or "",
            Link(source.homepage, source.homepage) if source.homepage else "",
        ]
        for task, facts in facts_by_task(board).items()
        for source in facts.sources or ()
    ]


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
