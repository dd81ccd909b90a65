"""The variances behind a board's verdicts, and whether they let it find what it looks for."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from igds_bench.report.board.rows import Board
from igds_bench.report.statistics.power import LEVEL, Spread, detectable
from igds_bench.report.statistics.variance import Parts


def spread_of(board: Board) -> Spread | None:
    """Return the variances behind a board's verdicts, averaged over them; None without any."""
    found = [(row.verdict.parts, row.verdict.examples) for row in board.rows if row.verdict]
    known = [(parts, m) for parts, m in found if parts is not None]
    if not known:
        return None

    def mean(value: Callable[[Parts, int], float]) -> float:
        # Averaged before it is cut at 0: single estimates scatter on both sides of the truth.
        return max(sum(value(parts, m) for parts, m in known) / len(known), 0.0)

    return Spread(
        row=mean(lambda p, m: float(p.row.raw - p.row.residual) * p.row.n),
        random=mean(lambda p, m: float(p.random.raw - p.random.residual) * p.random.n),
        examples=mean(lambda p, m: float(p.raw_examples - p.residual) * m),
        residual=mean(lambda p, m: float(p.row.residual) * p.row.n * m),
    )


def underpowered(board: Board) -> str:
    """Return a sentence where a board's verdicts are under-powered, else an empty text.

    They are where the median, over all comparisons with the baseline, of the difference that is
    found with 80% power at the uncorrected 5% level exceeds the margin that the grid declares.
    """
    verdicts = [row.verdict for row in board.rows if row.verdict and row.verdict.parts]
    if not verdicts:
        return ""
    found = median(v.detectable for v in verdicts if v.detectable is not None)
    margin, family = verdicts[0].margin, len(verdicts)
    if found <= margin:
        return ""
    corrected = median(detectable(v.parts, LEVEL / family) for v in verdicts if v.parts)
    who = f"half of the {family} comparisons" if family > 1 else "the only comparison"
    hardest = f" ({corrected:.1f} where Holm's correction is hardest)" if family > 1 else ""
    return (
        f"Under-powered: {who} with {board.against} can only detect differences above {found:.1f} "
        f"points with 80% power at the 5% level{hardest}, and the margin is {margin:g}. "
        "“Undecided” says little here; `igds-bench power` says how many seeds would be enough."
    )
