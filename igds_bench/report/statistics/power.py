"""Power: what a comparison can find, and how many seeds and test examples it would take.

The usual formula, a noncentral t at Satterthwaite's degrees of freedom, promises up to ten points
too much at three seeds, since those degrees are themselves estimated. Here the power is averaged
over the chi-square law of the estimated variances instead, by a fixed lattice of points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import TYPE_CHECKING

from igds_bench.report.statistics.variance import Parts, Side, satterthwaite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from igds_bench.report.board.rows import Board

    Floats = NDArray[np.float64]

POWER = 0.8
LEVEL = 0.05
POINTS = 512
"""Points of the lattice: enough for half a point of power."""
MOST_SEEDS = 1000
MOST_EXAMPLES = 1_000_000


@dataclass(frozen=True)
class Spread:
    """Variances that numbers of seeds and of test examples divide, in squared points."""

    row: float
    """Of one unit of a row, by seeds alone."""
    random: float
    """Of one draw of random."""
    examples: float
    """Of the difference at one test example."""
    residual: float
    """Of one unit at one example, besides."""

    def parts(self, units: tuple[int, int], examples: int) -> Parts:
        """Return what a design with these numbers of units and examples is expected to observe."""
        import numpy as np

        residuals = [self.residual / n / examples for n in units]
        row, random = (
            Side(np.float64(own / n + rest), np.float64(rest), n)  # type: ignore[arg-type]
            for own, n, rest in zip((self.row, self.random), units, residuals, strict=True)
        )
        by_examples = np.float64(self.examples / examples + sum(residuals))
        return Parts(row, random, by_examples, examples)  # type: ignore[arg-type]


@dataclass(frozen=True)
class AtLevel:
    """What a design can find at one level of significance."""

    level: float
    power: float
    """To find the effect, with the right sign."""
    detectable: float
    """Effect that is found with 80% power."""
    seeds: int | None
    """Units on either side that give 80% power with the present examples; None beyond 1,000."""
    needed_examples: int | None
    """Test examples that give it with the present units; None beyond a million."""


def power_of(effect: float, parts: Parts, level: float = LEVEL) -> float:
    """Return the probability that a two-sided test finds an effect, with the right sign.

    Args:
        effect: true difference in points, above 0.
        parts: expected components of variance of the observed difference.
        level: of the test.
    """
    return float(_chance(effect, _reaches(parts, level), float(parts.variance) ** 0.5))


def detectable(parts: Parts, level: float = LEVEL, power: float = POWER) -> float:
    """Return the difference that a two-sided test finds with the given power, in points.

    Args:
        parts: components of variance of the observed difference.
        level: of the test.
        power: wanted probability.
    """
    from scipy import optimize

    error, reaches = float(parts.variance) ** 0.5, _reaches(parts, level)
    most = float(reaches.max()) + 10 * error
    found = optimize.brentq(lambda e: _chance(e, reaches, error) - power, 0.0, most, rtol=1e-6)
    return float(found)


def at_level(
    effect: float, spread: Spread, units: tuple[int, int], examples: int, level: float
) -> AtLevel:
    """Return what a design can find, and what it would need to find an effect.

    Args:
        effect: true difference in points, above 0.
        spread: what the design's numbers divide.
        units: independent units of a row, and of random.
        examples: test examples.
        level: of the test.
    """
    now = spread.parts(units, examples)

    def by_seeds(n: int) -> bool:
        return power_of(effect, spread.parts((n, n), examples), level) >= POWER

    def by_examples(m: int) -> bool:
        return power_of(effect, spread.parts(units, m), level) >= POWER

    return AtLevel(
        level=level,
        power=power_of(effect, now, level),
        detectable=detectable(now, level),
        seeds=_least(by_seeds, 3, MOST_SEEDS),
        needed_examples=_least(by_examples, 2, MOST_EXAMPLES),
    )


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


@cache
def _lattice(df: tuple[int, int, int]) -> tuple[Floats, ...]:
    """Return points of the joint law of three mean squares, each in units of its expectation.

    A Kronecker sequence by the powers of the inverse of the real root of g^4 = g + 1, which
    spreads evenly in three dimensions, turned into quantiles of chi-square.
    """
    import numpy as np
    from scipy import special

    root = 1.2207440846057596
    places = np.arange(1, POINTS + 1)
    shares = [(0.5 + places * root**-k) % 1 for k in (1, 2, 3)]
    return tuple(2 * special.gammaincinv(k / 2, u) / k for k, u in zip(df, shares, strict=True))


def _reaches(parts: Parts, level: float) -> Floats:
    """Return the least significant difference at every point of the lattice."""
    import numpy as np
    from scipy import special

    sides = (parts.row, parts.random)
    drawn = [side.units * x for side, x in zip(sides, _lattice(parts.df_each)[:2], strict=True)]
    units = [np.maximum(raw, s.residual) for raw, s in zip(drawn, sides, strict=True)]
    examples = np.maximum(parts.examples * _lattice(parts.df_each)[2], parts.residual)
    df = satterthwaite((units[0], units[1], examples), parts)
    error = np.sqrt(units[0] + units[1] + examples - parts.residual)
    found: Floats = special.stdtrit(df, 1 - level / 2) * error
    return found


def _chance(effect: float, reaches: Floats, error: float) -> float:
    from scipy import special

    return float(special.ndtr((effect - reaches) / error).mean())


def _least(enough: Callable[[int], bool], low: int, high: int) -> int | None:
    """Return the least number that is enough, by bisection, or None if ``high`` is not."""
    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
