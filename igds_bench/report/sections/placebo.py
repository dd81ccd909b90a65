"""Placebos of a real run: how often they are called better, beside what chance allows."""

from __future__ import annotations

from collections.abc import Sequence

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board
from igds_bench.report.sections.section import Section, Table
from igds_bench.report.sections.words import difference_text, word_text
from igds_bench.report.statistics.paired import LEVEL
from igds_bench.report.statistics.verdict import Verdict


def placebo_section(board: Leaderboard) -> Section:
    """Return what became of the rows whose scores were shuffled; empty without any."""
    found = [
        (part, row, row.verdict)
        for part in board.boards
        for row in part.rows
        if row.role == "placebo" and row.verdict and row.verdict.p is not None
    ]
    if not found:
        return Section("Placebos")
    header = ["Task", "Model", "Placebo", "Budget", f"Against {board.against}", "p", "p, Holm"]
    header.append("Verdict")
    rows = [
        [
            part.task,
            part.model,
            row.selector,
            row.budget or "",
            difference_text(verdict),
            _p(verdict.p),
            _p(verdict.p_holm),
            word_text(verdict),
        ]
        for part, row, verdict in found
    ]
    lines = _lines([(part, verdict) for part, _, verdict in found], board.against)
    return Section("Placebos", lines, [Table(header, rows, text_columns=4)])


def _lines(found: Sequence[tuple[Board, Verdict]], against: str) -> list[str]:
    n = len(found)
    above = sum(
        verdict.p is not None and verdict.p <= LEVEL and _is_above(part, verdict)
        for part, verdict in found
    )
    better = sum(verdict.word == "better" for _, verdict in found)
    worse = sum(verdict.word == "worse" for _, verdict in found)
    return [
        f"Placebos keep how many rows of every source and range of lengths a selector chooses, but "
        f"shuffle which. Of {n} comparisons with {against}, {above} ({_share(above, n)}) lie above "
        f"it at an uncorrected 5%, where chance alone allows {LEVEL / 2:.1%}; after Holm's "
        f"correction {better} ({_share(better, n)}) are called better and {worse} worse, where "
        f"chance allows any false word of a whole model and task in at most {LEVEL:.0%} of boards.",
        "The intervals are 95% binomial ones (Clopper and Pearson) and take comparisons as "
        f"independent; those of one budget share their {against} row, so they are a little too "
        "narrow.",
        f"A placebo is not quite {against}: it keeps the selector's mix of sources and lengths. "
        "Where that mix helps or harms by itself, more placebos than chance allows are better or "
        "worse, and the verdicts are not to blame; what a selector gains over its own placebo is "
        "what it gains by choosing rows.",
    ]


def _is_above(board: Board, verdict: Verdict) -> bool:
    return (verdict.difference > 0) == board.higher_is_better


def _share(count: int, n: int) -> str:
    """Return ``10%, 95% interval 2% to 27%``."""
    from scipy import stats

    interval = stats.binomtest(count, n).proportion_ci(0.95, "exact")
    return f"{count / n:.0%}, 95% interval {interval.low:.0%} to {interval.high:.0%}"


def _p(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
