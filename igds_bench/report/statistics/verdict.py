"""What verdicts are made from: the per-example statistics of a row's cells, and what is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from igds_bench.report.statistics.variance import Parts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Word = Literal["better", "worse", "tied", "undecided"]


@dataclass(frozen=True)
class RowScores:
    """The per-example sufficient statistics of one row's cells, for one metric."""

    statistics: Floats
    """(cells, examples, columns): what the metric sums over test examples, in one order of
    examples for all rows of a board."""
    units: Integers
    """(cells,): which cells belong to one independent unit. Cells of one selection draw are one
    unit where a selector draws at random; otherwise every training seed is its own."""
    combine: Callable[[Floats], Floats]
    """From sums (..., columns) to the metric (...)."""
    is_mean: bool
    """Whether the metric is the mean over examples of ``combine(statistics)``."""

    @property
    def values(self) -> Floats:
        """(cells,): the metric of each cell."""
        return self.combine(self.statistics.sum(axis=1))


@dataclass(frozen=True)
class Verdict:
    """A row against the random draws at its budget, in points of the metric (row minus random).

    Where seeds are too few for an interval, or nothing varies at all, the difference is all there
    is and every other number is None.
    """

    difference: float
    margin: float
    """Points within which a row counts as tied."""
    units: tuple[int, int]
    """Independent units of the row, and of random."""
    examples: int
    """Test examples behind it; 1 where only the cells' scores are known."""
    low: float | None = None
    """Lower end of the 95% interval, not corrected for the number of comparisons."""
    high: float | None = None
    p: float | None = None
    """Two-sided, of no difference."""
    p_holm: float | None = None
    """Adjusted over the family: selectors x budgets within one model and task (Holm, 1979)."""
    p_tied: float | None = None
    """Of a difference beyond the margin: the larger of two one-sided tests."""
    word: Word | None = None
    parts: Parts | None = None
    """Components of the difference's variance."""
    detectable: float | None = None
    """Smallest difference that would be found with 80% power at the unadjusted 5% level."""
    family: int | None = None
    """Number of comparisons that Holm's correction is over."""

    @property
    def df(self) -> float | None:
        """Satterthwaite's degrees of freedom."""
        return float(self.parts.df) if self.parts else None

    @property
    def error(self) -> float | None:
        """Standard error of the difference."""
        return float(self.parts.variance**0.5) if self.parts else None

    @property
    def se_seeds(self) -> float | None:
        """Standard error by selection draws and training seeds."""
        if self.parts is None:
            return None
        return float((self.parts.row.units + self.parts.random.units) ** 0.5)

    @property
    def se_examples(self) -> float | None:
        """Standard error by test examples."""
        return float(self.parts.examples**0.5) if self.parts else None

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval is known and lies on one side of 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)
