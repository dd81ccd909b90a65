"""Render sections as Markdown."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from igds_bench.report.section import Cell, Link, Marked, Section, Table


def markdown(title: str, notes: Sequence[str], sections: Iterable[Section]) -> str:
    """Return a Markdown page; figures lie in ``figures/`` beside it."""
    parts = [f"# {title}", *notes]
    for section in sections:
        parts.append(f"## {section.title}")
        if section.lines:
            parts.append("\n".join(f"- {_escape_md(line)}" for line in section.lines))
        for table in section.tables:
            parts += [*([f"**{_escape_md(table.title)}**"] if table.title else [])]
            parts.append(_markdown_table(table))
        parts += [
            f"![Figure](figures/{stem}.svg)\n\n*{_escape_md(caption)}*"
            for stem, caption in section.figures.items()
        ]
        if section.code:
            parts.append(f"```yaml\n{section.code.strip()}\n```")
    return "\n\n".join(parts) + "\n"


def _escape_md(line: str) -> str:
    """Keep text from records from being read as markup."""
    return html.escape(line, quote=False).replace("|", "\\|").replace("\n", " ")


def _markdown_table(table: Table) -> str:
    numbers = len(table.header) - table.text_columns
    align = ["---"] * table.text_columns + ["---:"] * numbers
    lines = [table.header, align, *[[_markdown_cell(cell) for cell in row] for row in table.rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _markdown_cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        text = _escape_md(cell.text)
        return f"[{text}]({html.escape(cell.url)})" if _is_safe(cell.url) else text
    if isinstance(cell, Marked):
        return f"{_escape_md(cell.before)}**{_escape_md(cell.marked)}**"
    return _escape_md(cell)


def _is_safe(url: str) -> bool:
    return url.startswith("https://")
