"""A metric's value over all examples of a test split, with its standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from igds_bench.core.record import Score
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import StageError

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

BOOTSTRAP_DRAWS = 200
"""Draws behind the standard error of a corpus metric."""


def score(metric: MetricSpec, statistics: FloatArray) -> Score:
    """Return a metric's value over all examples, with its standard error over examples.

    Args:
        metric: gives the aggregation.
        statistics: array of shape (n, s).

    Raises:
        StageError: the value is no number, or outside of the metric's bounds.

    The error is the analytic one of a mean, and for corpus metrics the standard deviation of 200
    seeded bootstrap draws. With a single example there is none.
    """
    import numpy as np

    n = len(statistics)
    value = float(metric.from_sums(statistics.sum(axis=0)))
    low, high = metric.bounds
    if not low - 1e-6 <= value <= high + 1e-6:
        raise StageError(f"metric '{metric.name}' is {value}, outside of {low} to {high}.")
    stderr = None
    if n > 1 and metric.columns[1:] == ("n",):
        stderr = float(statistics[:, 0].std(ddof=1) / np.sqrt(n))
    elif n > 1:
        weights = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), BOOTSTRAP_DRAWS)
        stderr = float(metric.from_sums(weights.astype(np.float64) @ statistics).std(ddof=1))
    return Score(
        value=value,
        stderr=stderr,
        n=n,
        higher_is_better=metric.higher_is_better,
        signature=metric.signature,
        version=metric.version,
    )
