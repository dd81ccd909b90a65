"""The report's outline: every section that the README and the page have, in one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from igds_bench.report.board.amplification import MOST_SUITES
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.figures.curves import draw_amplification, draw_curves
from igds_bench.report.sections import background, readme, words
from igds_bench.report.sections.citations import methods_section
from igds_bench.report.sections.cost import cost_section, efficiency_section
from igds_bench.report.sections.features import feature_section
from igds_bench.report.sections.placebo import placebo_section
from igds_bench.report.sections.sae_quality import quality_section
from igds_bench.report.sections.section import Section
from igds_bench.report.sections.selections import selection_section

Make = Callable[[Leaderboard, Path], Iterable[Section]]
"""From a leaderboard and the folder that figures are drawn into."""
Made = Mapping[str, list[Section]]
"""Sections by the id of their entry."""


@dataclass(frozen=True)
class Entry:
    """A line of the outline."""

    id: str
    """Names what is made, to the page's chapters and in addresses."""
    make: Make
    folded: bool = True
    """Whether the README shows the titles alone until they are opened."""


def one(make: Callable[[Leaderboard], Section]) -> Make:
    """Return what makes a single section that needs no figures."""
    return lambda board, _: [make(board)]


def make_sections(board: Leaderboard, figures: Path, outline: Sequence[Entry]) -> Made:
    """Return the sections by entry, drawing their figures; empty ones are left out."""
    made = {entry.id: list(entry.make(board, figures)) for entry in outline}
    return {id_: [part for part in found if not part.is_empty] for id_, found in made.items()}


def _boards(board: Leaderboard, figures: Path) -> Iterable[Section]:
    for part in board.boards:
        curves = [c for c in board.curves if (c.model, c.task) == (part.model, part.task)]
        yield readme.board_section(part, draw_curves(part, figures, curves))


def _amplification(board: Leaderboard, figures: Path) -> Iterable[Section]:
    for part in board.boards:
        title = f"Amplification: {part.task} · {part.model}"
        yield Section(title, figures=draw_amplification(part, figures))


def _features(board: Leaderboard, figures: Path) -> Iterable[Section]:
    """Return a section for each file; of very many suites, none."""
    suites = {found["saes"] for found in board.features}
    shown = board.features if len(suites) <= MOST_SUITES else []
    return [feature_section(found, figures) for found in shown]


def _selections(board: Leaderboard, figures: Path) -> Iterable[Section]:
    return [selection_section(board, figures, board.folders)]


OUTLINE = (
    Entry("verdicts", one(readme.verdict_section), folded=False),
    Entry("standings", one(readme.standing_section), folded=False),
    Entry("boards", _boards, folded=False),
    Entry("suites", lambda board, figures: [quality_section(board, figures)], folded=False),
    Entry("problems", one(readme.problem_section), folded=False),
    Entry("failures", one(readme.failure_section), folded=False),
    Entry("reading", one(lambda board: Section("How to read the numbers", words.notes(board)))),
    Entry("amplification", _amplification),
    Entry("features", _features),
    Entry("selections", _selections),
    Entry("efficiency", one(efficiency_section)),
    Entry("cost", one(cost_section)),
    Entry("placebos", one(placebo_section)),
    Entry("methods", one(methods_section)),
    Entry("spread", one(background.spread_section)),
    Entry("data", one(background.data_section)),
    Entry("plan", one(background.estimate_section)),
    Entry("environment", one(background.environment_section)),
    Entry("grid", one(background.grid_section)),
)
"""In the README's order. A section that no chapter of the page names gets a chapter of its own."""
