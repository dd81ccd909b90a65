"""What verdicts are made from: the per-example statistics of a row's cells, and what is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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
    unit where there are several draws; otherwise every training seed is its own."""
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
    """A row against the random draws at its budget, in points of the metric (row minus random)."""

    difference: float
    low: float | None
    """Lower end of the 95% interval; None where seeds are too few for one, and likewise below."""
    high: float | None
    p: float | None
    """Two-sided, of no difference."""
    p_holm: float | None
    """Adjusted over the family: selectors x budgets within one model and task (Holm, 1979)."""
    p_tied: float | None
    """Of a difference beyond the margin: the larger of two one-sided tests."""
    word: Word | None
    margin: float
    df: float | None
    """Satterthwaite's degrees of freedom."""
    se_seeds: float | None
    """Standard error by selection draws and training seeds."""
    se_examples: float | None
    """Standard error by test examples."""
    units: tuple[int, int]
    """Independent units of the row, and of random."""
    examples: int
    detectable: float | None
    """Smallest difference that would be found with 80% power at the unadjusted 5% level."""

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval is known and lies on one side of 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)
