"""A report as data: sections of sentences, tables and figures, whatever they are rendered to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BESIDE = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True)
class Link:
    """A cell that leads somewhere."""

    text: str
    url: str
    """On the web, or the name of a file beside the report."""

    @property
    def is_safe(self) -> bool:
        """Whether it may be followed: records can name any address, a script's among them."""
        return self.url.startswith("https://") or BESIDE.fullmatch(self.url) is not None


@dataclass(frozen=True)
class Marked:
    """A cell whose last part is marked: a prompt and its critical token."""

    before: str
    marked: str


Cell = str | Link | Marked


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first ``text_columns`` columns are text, the others numbers."""

    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    text_columns: int = 2


@dataclass(frozen=True)
class Section:
    """A part of a report."""

    title: str
    lines: Sequence[str] = ()
    tables: Sequence[Table] = ()
    figures: Mapping[str, str] = field(default_factory=dict)
    """Caption by the stem of the figure's file."""
    code: str = ""
    language: str = "yaml"
    """Of the code."""
    quotable: bool = False
    """Whether its lines are paragraphs of one text, to be copied whole into a paper."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.lines or self.tables or self.figures or self.code)
