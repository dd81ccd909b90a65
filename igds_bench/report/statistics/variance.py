"""Components of variance of a paired difference: units, test examples, and what both contain.

Two crossed random effects: every unit (a selection draw or a training seed) is tested on every
example. The mean of a row then varies by units, by examples, and by a residual of unit x example
that both of the observed variances contain, so it is taken out once:

    Var(row - random) = V_row + V_random + V_examples - V_residual.

All functions take leading axes, so that thousands of tables are treated at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """The variance of one side's mean, as observed; every field is an array of one shape."""

    raw: Floats
    """By units, the residual included."""
    residual: Floats
    """Of unit x example."""
    n: int
    """Number of units."""

    @property
    def units(self) -> Floats:
        """By units, never below the residual that it contains."""
        import numpy as np

        return np.maximum(self.raw, self.residual)


@dataclass(frozen=True)
class Parts:
    """The variance of a difference of two means.

    A component that would be negative is 0 instead: with three seeds the observed variance by units
    is often below the residual by luck alone, and taking it at its word gives intervals that are
    too narrow.
    """

    row: Side
    random: Side
    raw_examples: Floats
    """By examples, the residual included, as observed."""
    m: int
    """Number of examples, or of bootstrap draws where those are fewer."""

    @property
    def residual(self) -> Floats:
        """Of unit x example, both sides together."""
        return self.row.residual + self.random.residual

    @property
    def examples(self) -> Floats:
        """By examples, never below the residual that it contains."""
        import numpy as np

        return np.maximum(self.raw_examples, self.residual)

    @property
    def variance(self) -> Floats:
        """Of the difference."""
        # Units and examples each hold the residual once: their sum holds it twice.
        return self.row.units + self.random.units + self.examples - self.residual

    @property
    def df_each(self) -> tuple[int, int, int]:
        """Degrees of freedom of the row's units, of random's, and of the examples."""
        return self.row.n - 1, self.random.n - 1, max(self.m - 1, 1)

    @property
    def df(self) -> Floats:
        """Degrees of freedom of the variance (Satterthwaite, 1946); NaN where it is 0."""
        return satterthwaite((self.row.units, self.random.units, self.examples), self)


def satterthwaite(components: tuple[Floats, Floats, Floats], parts: Parts) -> Floats:
    """Return the degrees of freedom of the row's, random's and examples' variances together.

    The residual, with its far more degrees of freedom, counts as known.
    """
    import numpy as np

    total = sum(components) - parts.residual
    below = sum(part**2 / df for part, df in zip(components, parts.df_each, strict=True))
    found: Floats = np.full(np.shape(below), np.nan)
    np.divide(total**2, below, out=found, where=below > 0)
    return found


def parts_of_means(row: Floats, random: Floats) -> Parts:
    """Return the components for a metric that is a mean over examples, by analysis of variance.

    Args:
        row: (..., units, examples), values by unit and example.
        random: (..., units, examples), the same examples.
    """
    m = row.shape[-1]
    by_example = row.mean(axis=-2) - random.mean(axis=-2)
    examples = by_example.var(axis=-1, ddof=1) / m if m > 1 else by_example[..., 0] * 0.0
    return Parts(side_of_means(row), side_of_means(random), examples, m)


def parts_of_draws(
    values: tuple[Floats, Floats], drawn: tuple[Floats, Floats], examples: int
) -> Parts:
    """Return the components for a corpus metric, from bootstrap draws of test examples.

    Args:
        values: of the row and of random, (..., units): the metric on all examples.
        drawn: likewise, (..., units, draws): the metric on the same draws of examples.
        examples: how many there are.

    Over draws, the variance of the difference of means is what examples contribute; that of one
    unit around the mean of its row is the residual. Both are too small by (m - 1) / m.
    """
    row, random = (side_of_draws(v, d, examples) for v, d in zip(values, drawn, strict=True))
    difference = drawn[0].mean(axis=-2) - drawn[1].mean(axis=-2)
    by_examples = difference.var(axis=-1, ddof=1) * _unbiased(examples)
    return Parts(row, random, by_examples, min(examples, difference.shape[-1]))


def side_of_means(values: Floats) -> Side:
    """Return the variance of a mean of (..., units, examples); at least two units."""
    n, m = values.shape[-2:]
    by_unit = values.mean(axis=-1)
    raw = by_unit.var(axis=-1, ddof=1) / n
    if m == 1:
        return Side(raw, raw * 0.0, n)
    # What neither a unit nor an example explains: the table without the means of both.
    rest = values - by_unit[..., None] - values.mean(axis=-2, keepdims=True)
    rest += by_unit.mean(axis=-1)[..., None, None]
    return Side(raw, (rest**2).sum(axis=(-2, -1)) / ((n - 1) * (m - 1)) / (n * m), n)


def side_of_draws(values: Floats, drawn: Floats, examples: int) -> Side:
    """Return the variance of a mean over units, (...,  units), of a corpus metric.

    Args:
        values: (..., units), at least two.
        drawn: (..., units, draws).
        examples: how many each draw takes.
    """
    n = values.shape[-1]
    around = (drawn - drawn.mean(axis=-2, keepdims=True)).var(axis=-1, ddof=1)
    residual = around.sum(axis=-1) / (n - 1) / n * _unbiased(examples)
    return Side(values.var(axis=-1, ddof=1) / n, residual, n)


def _unbiased(examples: int) -> float:
    return examples / (examples - 1) if examples > 1 else 0.0
