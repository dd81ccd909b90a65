"""The methods text that can be pasted in a paper, its references, and what placebos came to."""

from __future__ import annotations

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.sections import words as text
from igds_bench.report.sections.citations import methods_section
from igds_bench.report.sections.placebo import placebo_section
from igds_bench.report.site.payload.values import Json


def methods(board: Leaderboard) -> Json:
    """Return paragraphs, BibTeX, how to read the numbers, and sentences on placebos."""
    section, placebos = methods_section(board), placebo_section(board)
    rows = [
        f"{', '.join(map(str, row[:4]))}: {row[4]}, p {row[5]}, corrected {row[6]}, {row[7]}."
        for table in placebos.tables
        for row in table.rows
    ]
    return {
        "lines": list(section.lines),
        "notes": text.notes(board),
        "bibtex": section.code,
        "placebos": [*placebos.lines, *rows],
    }
