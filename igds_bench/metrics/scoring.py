"""A metric's value over all examples of a test split, with its standard error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from igds_bench.core.aggregation import Mean
from igds_bench.core.record import Score
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import StageError

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

BOOTSTRAP_DRAWS = 200
"""Draws behind the standard error of a metric that is no mean."""


def score(metric: MetricSpec, statistics: FloatArray) -> Score:
    """Return a metric's value over all examples, with its standard error over examples.

    Args:
        metric: gives the aggregation.
        statistics: array of shape (n, s).

    Raises:
        StageError: the value is no number, or outside of the metric's bounds, or the metric says
            that it is a mean and counts an example otherwise than once.

    The error is the analytic one of a mean, and for all others the standard deviation of 200
    seeded bootstrap draws. With a single example there is none.
    """
    value = float(metric.from_sums(statistics.sum(axis=0)))
    low, high = metric.bounds
    if not (math.isfinite(value) and low - 1e-6 <= value <= high + 1e-6):
        raise StageError(f"metric '{metric.name}' is {value}, outside of {low} to {high}.")
    return Score(
        value=value,
        stderr=standard_error(metric, statistics),
        n=len(statistics),
        higher_is_better=metric.higher_is_better,
        signature=metric.signature,
        version=metric.version,
        columns=list(metric.columns),
        aggregation=metric.aggregation,
        bounds=(_end(low), _end(high)),
        origin=metric.origin,
    )


def standard_error(metric: MetricSpec, statistics: FloatArray) -> float | None:
    """Return the standard error of a metric over examples, (n, s); None for a single one.

    Raises:
        StageError: the metric says that it is a mean, and counts an example otherwise than once.
    """
    import numpy as np

    n, how = len(statistics), metric.aggregation
    if isinstance(how, Mean) and (statistics[:, how.count] != 1.0).any():
        raise StageError(
            f"metric '{metric.name}' is declared as a mean over examples, and its column "
            f"'{metric.columns[how.count]}' is not 1 for every one of them: declare a Ratio."
        )
    if n < 2:
        return None
    if isinstance(how, Mean):
        return float(abs(how.scale) * statistics[:, how.value].std(ddof=1) / np.sqrt(n))
    weights = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), BOOTSTRAP_DRAWS)
    return float(metric.from_sums(weights.astype(np.float64) @ statistics).std(ddof=1))


def _end(bound: float) -> float | None:
    """Return an end of the bounds as JSON can say it."""
    return bound if math.isfinite(bound) else None
