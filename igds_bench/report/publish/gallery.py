"""The gallery: one page that lists all boards of a folder with what each of them says."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from igds_bench.errors import DataError

MARK = "<!-- Written by `igds-bench gallery`: give a board a `description` in its grid.yaml. -->"
"""Tells a page that may be written over from one that somebody wrote."""
CLOSING = """\
Each folder holds its grid, one record per cell, the ids of every selection, every generation with
its per-example statistics (Parquet), the task features and what is measured of the SAEs, and the
report made from them. `igds_bench.load_records(path)` reads one as a data frame,
`igds-bench verify` checks it, and `docs/add-a-leaderboard-entry.md` says how to add to it.
"""
SEED = {"selection": re.compile(r"--s(\d+)(?:--|$)"), "training": re.compile(r"--t(\d+)$")}
WORDS = ("better", "worse", "tied", "undecided", "no verdict")
HEADER = ["Task, model", "Budget", "Better", "Worse", "Tied", "Undecided", "No verdict"]


@dataclass(frozen=True)
class Entry:
    """What the gallery says of one board, read from what its report left."""

    folder: str
    name: str
    description: str
    summary: dict[str, Any]
    """Contents of ``leaderboard.json``."""
    cells: tuple[str, ...]
    """Cell ids of its successful records."""

    def values(self, coordinate: str) -> list[str]:
        """Return the different values of a coordinate of its rows, in their order."""
        found = [row.get(coordinate) for row in self.summary.get("rows", ())]
        return list(dict.fromkeys(str(value) for value in found if value))

    def seeds(self, kind: str) -> int:
        """Return how many ``selection`` or ``training`` seeds its records have."""
        matches = (SEED[kind].search(cell) for cell in self.cells)
        return len({match[1] for match in matches if match})


def write_gallery(folder: Path) -> Path:
    """Write the ``README.md`` that lists the boards below a folder.

    Raises:
        DataError: there is no board, or the page that is there was written by hand.
    """
    page = folder / "README.md"
    if page.exists() and not _is_ours(page):
        raise DataError(
            f"{page} was not written by this program: move its text into the boards' `description` "
            "and remove it, so that nothing is lost."
        )
    page.write_text(gallery_text(folder), encoding="utf-8")
    return page


def gallery_text(folder: Path) -> str:
    """Return the list of the boards below a folder, as Markdown.

    Raises:
        DataError: there is no board.
    """
    entries = [_entry(path.parent) for path in sorted(folder.glob("*/leaderboard.json"))]
    if not entries:
        raise DataError(f"{folder} holds no board: publish one with `igds-bench leaderboard`.")
    parts = ["# Leaderboards", MARK, *(_section(entry) for entry in entries), CLOSING]
    return "\n\n".join(parts)


def refresh_gallery(folder: Path) -> Path | None:
    """Write a folder's gallery anew where it has one."""
    return write_gallery(folder) if _is_ours(folder / "README.md") else None


def _is_ours(page: Path) -> bool:
    return page.is_file() and MARK in page.read_text(encoding="utf-8")


def _entry(folder: Path) -> Entry:
    summary, grid = _mapping(folder / "leaderboard.json"), _mapping(folder / "grid.yaml")
    return Entry(
        folder=folder.name,
        name=str(summary.get("name") or folder.name),
        description=" ".join(str(grid.get("description") or "").split()),
        summary=summary,
        cells=tuple(sorted(path.stem for path in (folder / "records").glob("*.json"))),
    )


def _mapping(path: Path) -> dict[str, Any]:
    """Return a file's mapping; an absent or broken one is empty."""
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return data if isinstance(data, dict) else {}


def _section(entry: Entry) -> str:
    lines = [f"## [{_escaped(entry.name)}]({entry.folder}/README.md)"]
    lines += [_escaped(entry.description)] if entry.description else []
    if not entry.summary.get("rows"):
        command = f"`igds-bench leaderboard {entry.folder}`"
        return "\n\n".join([*lines, f"Its `leaderboard.json` says nothing: {command} writes it."])
    lines.append(_facts(entry))
    rows = _verdicts(entry.summary["rows"])
    lines.append(_table(rows) if rows else _headlines(entry.summary.get("headlines")))
    return "\n\n".join(lines)


def _headlines(headlines: Any) -> str:
    """Return what a report says that has no verdicts: an old one, or one without a baseline."""
    lines = [
        f"- {_escaped(board)}: {_escaped(line)}"
        for board, said in (headlines or {}).items()
        for line in said
    ]
    return "\n".join(lines) or "No verdicts: there is no baseline row to read the others against."


def _facts(entry: Entry) -> str:
    """Return one line of links, coordinates and counts."""
    facts = [
        f"[Page to explore]({entry.folder}/index.html)",
        f"models: {_listed(entry.values('model'))}",
        f"budgets: {_listed(entry.values('budget'))}",
        f"{len(entry.values('selector'))} selectors and references",
        f"{len(entry.cells)} records",
        f"{entry.seeds('selection')} selection and {entry.seeds('training')} training seeds",
    ]
    failed, problems = (len(entry.summary.get(name, ())) for name in ("failed", "problems"))
    facts += [f"{failed} failed"] if failed else []
    facts += [f"{problems} problems named"] if problems else []
    return " · ".join(facts)


def _listed(names: Iterable[str]) -> str:
    return _escaped(", ".join(names)) or "none"


def _verdicts(rows: Iterable[dict[str, Any]]) -> list[list[str]]:
    """Return one line per task, model and budget: who is better, worse, and how many are what."""
    groups: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        if row.get("primary") and row.get("verdict") in WORDS and row.get("kind") != "control":
            place = (f"{row['task']}, {row['model']}", str(row["budget"]))
            by_word = groups.setdefault(place, {word: [] for word in WORDS})
            by_word[row["verdict"]].append(row)
    return [
        [
            *place,
            *(_names(by_word[word]) for word in WORDS[:2]),
            *(str(len(by_word[word])) for word in WORDS[2:]),
        ]
        for place, by_word in groups.items()
    ]


def _names(rows: Sequence[dict[str, Any]]) -> str:
    """Return selectors with their differences to the baseline, the largest first."""
    ordered = sorted(rows, key=lambda row: -abs(row["against_random"]))
    return ", ".join(f"{row['selector']} ({row['against_random']:+.1f})" for row in ordered) or "–"


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [HEADER, ["---"] * len(HEADER), *rows]
    return "\n".join("| " + " | ".join(_escaped(cell) for cell in line) + " |" for line in lines)


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is, also within a table."""
    return html.escape(text, quote=False).replace("|", "\\|")
