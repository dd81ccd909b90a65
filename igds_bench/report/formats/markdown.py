"""Render sections as Markdown."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from igds_bench.report.sections.section import Cell, Link, Marked, Section, Table


def markdown(
    title: str,
    opening: Sequence[str],
    sections: Iterable[Section],
    folded: Iterable[Section] = (),
) -> str:
    """Return a Markdown page; figures lie in ``figures/`` beside it.

    Args:
        title: of the page.
        opening: paragraphs at its head, in Markdown.
        sections: in order.
        folded: further ones, below them, each of which shows its title until it is opened.
    """
    parts = [f"# {_escape_md(title)}", *opening]
    for section in sections:
        parts += [f"## {_escape_md(section.title)}", *_section(section)]
    details = [
        part
        for section in folded
        for part in (
            f"<details>\n<summary>{html.escape(section.title, quote=False)}</summary>",
            *_section(section),
            "</details>",
        )
    ]
    return "\n\n".join([*parts, *(["## Details"] if details else []), *details]) + "\n"


def _section(section: Section) -> list[str]:
    parts = []
    if section.lines:
        parts.append("\n".join(f"- {_escape_md(line)}" for line in section.lines))
    for table in section.tables:
        parts += [*([f"**{_escape_md(table.title)}**"] if table.title else [])]
        parts.append(_markdown_table(table))
    for stem, caption in section.figures.items():
        others = " · ".join(f"[{kind.upper()}](figures/{stem}.{kind})" for kind in ("png", "pdf"))
        parts.append(f"![{_alt(caption)}](figures/{stem}.svg)")
        parts.append(f"*{_escape_md(caption)}* ({others})")
    if section.code:
        parts.append(f"```{section.language}\n{section.code.strip()}\n```")
    return parts


def _alt(caption: str) -> str:
    """Return a figure's name, the first sentence of its caption, without what ends a link."""
    return _escape_md(caption.split(". ")[0]).replace("[", "(").replace("]", ")")


def _escape_md(line: str) -> str:
    """Keep text from records from being read as markup."""
    line = html.escape(line, quote=False).replace("|", "\\|").replace("\n", " ")
    return line.replace("*", "\\*").replace("](", "]\\(")


def _markdown_table(table: Table) -> str:
    numbers = len(table.header) - table.text_columns
    align = ["---"] * table.text_columns + ["---:"] * numbers
    lines = [table.header, align, *[[_markdown_cell(cell) for cell in row] for row in table.rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _markdown_cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        text = _escape_md(cell.text)
        return f"[{text}]({html.escape(cell.url)})" if cell.is_safe else text
    if isinstance(cell, Marked):
        return f"{_escape_md(cell.before)}**{_escape_md(cell.marked)}**"
    return _escape_md(cell)
