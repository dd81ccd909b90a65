"""Sections as data: the page draws any of them, whatever it is about."""

from __future__ import annotations

from typing_extensions import TypedDict

from igds_bench.report.sections.section import Cell, Link, Marked, Section, Table


class LinkData(TypedDict):
    """A cell that leads somewhere."""

    text: str
    url: str


class MarkedData(TypedDict):
    """A cell whose last part is marked."""

    before: str
    marked: str


class TableData(TypedDict):
    """Rows of cells; the first ``text_columns`` columns are text, the others numbers."""

    title: str
    header: list[str]
    rows: list[list[str | LinkData | MarkedData]]
    text_columns: int


class FigureData(TypedDict):
    """A figure beside the page, as SVG, PDF and PNG."""

    stem: str
    caption: str


class SectionData(TypedDict):
    """A part of the report."""

    title: str
    lines: list[str]
    quotable: bool
    """Whether the lines are one text, to be copied whole."""
    tables: list[TableData]
    figures: list[FigureData]
    code: str
    language: str


def section_data(section: Section) -> SectionData:
    """Return a section as data."""
    return {
        "title": section.title,
        "lines": list(section.lines),
        "quotable": section.quotable,
        "tables": [table_data(table) for table in section.tables],
        "figures": [
            {"stem": stem, "caption": caption} for stem, caption in section.figures.items()
        ],
        "code": section.code,
        "language": section.language,
    }


def table_data(table: Table) -> TableData:
    """Return a table as data."""
    return {
        "title": table.title,
        "header": list(table.header),
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "text_columns": table.text_columns,
    }


def _cell(cell: Cell) -> str | LinkData | MarkedData:
    if isinstance(cell, Link):
        return {"text": cell.text, "url": cell.url} if cell.is_safe else cell.text
    if isinstance(cell, Marked):
        return {"before": cell.before, "marked": cell.marked}
    return cell
