"""The page's chapters: drawn by a script, or made of the sections of the outline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from typing_extensions import TypedDict

from igds_bench.report.sections.outline import Made
from igds_bench.report.sections.section import Section
from igds_bench.report.site.payload.sections import SectionData, section_data


class ChapterData(TypedDict):
    """What has a title on the page and a line in its navigation."""

    id: str
    """In the address."""
    title: str
    short: str
    """Its name in the navigation."""
    sections: list[SectionData] | None
    """What it consists of; None where a script draws it."""


@dataclass(frozen=True)
class Chapter:
    """A chapter and the sections that it shows."""

    id: str
    title: str
    entries: tuple[str, ...]
    """Of the outline, in the order of the page."""
    short: str = ""
    scripted: bool = True
    """Whether a script of the page draws it, so that readers can explore it."""


FIRST = (
    Chapter("verdict", "The verdict", ("verdicts",)),
    Chapter("board", "The board", ("boards",)),
    Chapter("curves", "Budget curves", ("efficiency",)),
    Chapter("cost", "Cost", ("cost",)),
    Chapter("standings", "Standings", ("standings",)),
    Chapter(
        "amplification", "Amplification against improvement", ("amplification",), "Amplification"
    ),
    Chapter("features", "Task features", ("features",)),
    Chapter("suites", "SAE quality", ("suites",)),
    Chapter("selections", "Selections", ("selections",)),
    Chapter("browse", "Examples, side by side", (), "Examples"),
)
LAST = (
    Chapter("problems", "Problems and failures", ("problems", "failures"), "Problems"),
    Chapter(
        "provenance",
        "Provenance",
        ("files", "environment", "plan", "data", "revisions", "plugins", "grid"),
        scripted=False,
    ),
    Chapter(
        "methods",
        "Methods and references",
        ("methods", "reading", "placebos", "spread"),
        "Methods",
        scripted=False,
    ),
)
"""Between the first and these are the sections that no chapter names."""


def chapters(made: Made) -> list[ChapterData]:
    """Return the chapters in order, those without anything to show left out."""
    named = {entry for chapter in (*FIRST, *LAST) for entry in chapter.entries}
    return [
        *_chapters(FIRST, made),
        *(
            _alone(entry, place, section)
            for entry, sections in made.items()
            if entry not in named
            for place, section in enumerate(sections)
        ),
        *_chapters(LAST, made),
    ]


def _chapters(listed: Iterable[Chapter], made: Made) -> Iterable[ChapterData]:
    for chapter in listed:
        found = [part for entry in chapter.entries for part in made.get(entry, ())]
        sections = [part for part in found if not part.is_empty]
        if chapter.scripted or sections:
            yield {
                "id": chapter.id,
                "title": chapter.title,
                "short": chapter.short or chapter.title,
                "sections": None if chapter.scripted else [section_data(one) for one in sections],
            }


def _alone(entry: str, place: int, section: Section) -> ChapterData:
    """Return the chapter of a section that stands alone."""
    return {
        "id": f"{entry}-{place + 1}" if place else entry,
        "title": section.title,
        "short": section.title,
        "sections": [section_data(section)],
    }
