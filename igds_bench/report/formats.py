"""Render sections as Markdown, and as one HTML page that needs no network."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from string import Template

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


def html_page(title: str, notes: Sequence[str], sections: Iterable[Section], figures: Path) -> str:
    """Return one page with its figures inline.

    Args:
        title: of the page.
        notes: paragraphs at its head.
        sections: in order.
        figures: the folder that holds the figures as SVG.
    """
    body = [f"<p>{html.escape(note.replace('`', ''))}</p>" for note in notes]
    for section in sections:
        body.append(f"<section><h2>{html.escape(section.title)}</h2>")
        if section.lines:
            items = "".join(f"<li>{html.escape(line)}</li>" for line in section.lines)
            body.append(f"<ul>{items}</ul>")
        body += [_html_table(table) for table in section.tables]
        body += [
            _html_figure(figures / f"{stem}.svg", caption)
            for stem, caption in section.figures.items()
        ]
        if section.code:
            body.append(f"<pre>{html.escape(section.code)}</pre>")
        body.append("</section>")
    page = resources.files("igds_bench.report").joinpath("page.html").read_text(encoding="utf-8")
    return Template(page).substitute(title=html.escape(title), body="\n".join(body))


def _html_figure(path: Path, caption: str) -> str:
    drawing = path.read_text(encoding="utf-8")
    drawing = drawing[drawing.index("<svg") :]
    shown = html.escape(caption)
    return (
        f'<figure role="img" aria-label="{shown}">{drawing}'
        f"<figcaption>{shown}</figcaption></figure>"
    )


def _html_table(table: Table) -> str:
    kinds = ["text"] * table.text_columns + ["number"] * (len(table.header) - table.text_columns)
    head = "".join(
        f'<th scope="col" class="{kind}">{html.escape(cell)}</th>'
        for kind, cell in zip(kinds, table.header, strict=True)
    )
    lines = [
        "<tr>"
        + "".join(
            f'<td class="{kind}">{_html_cell(cell)}</td>'
            for kind, cell in zip(kinds, row, strict=True)
        )
        + "</tr>"
        for row in table.rows
    ]
    caption = f"<caption>{html.escape(table.title)}</caption>" if table.title else ""
    return (
        f'<div class="scroll"><table>{caption}<thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _html_cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        text = html.escape(cell.text)
        return f'<a href="{html.escape(cell.url)}">{text}</a>' if _is_safe(cell.url) else text
    if isinstance(cell, Marked):
        return f"{html.escape(cell.before)}<mark>{html.escape(cell.marked)}</mark>"
    return html.escape(cell)
