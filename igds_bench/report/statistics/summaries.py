"""Summaries over seeds, and correlations over cells; scipy does the mathematics."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIN_CELLS = 8
"""Cells below which no correlation coefficient is warranted."""


@dataclass(frozen=True)
class Summary:
    """A metric over the seeds of a row."""

    mean: float
    sd: float | None
    """Sample standard deviation over seeds; None for a single value."""
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Correlation:
    """A coefficient with its bootstrap interval."""

    value: float
    low: float
    high: float


def summarise(values: Sequence[float]) -> Summary:
    """Return mean, sample standard deviation and range."""
    sd = statistics.stdev(values) if len(values) > 1 else None
    low, high = min(values), max(values)
    # The mean of equal values may miss them by a rounding error.
    mean = min(max(statistics.fmean(values), low), high)
    return Summary(mean, sd, len(values), low, high)


def correlations(x: Sequence[float], y: Sequence[float]) -> dict[str, Correlation] | None:
    """Return Pearson's and Spearman's coefficients with 95% bootstrap intervals over cells.

    None where there are fewer than eight cells, or where either side does not vary.
    """
    if len(x) < MIN_CELLS or len(set(x)) < 3 or len(set(y)) < 3:
        return None
    import numpy as np
    from scipy import stats

    xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    draws = np.random.default_rng(0).integers(0, len(xs), size=(2000, len(xs)))
    found = {}
    for name, left, right in (
        ("Pearson", xs, ys),
        ("Spearman", stats.rankdata(xs), stats.rankdata(ys)),
    ):
        value = float(np.corrcoef(left, right)[0, 1])
        sampled = _row_correlation(left[draws], right[draws])
        low, high = np.nanpercentile(sampled, [2.5, 97.5])
        found[name] = Correlation(value, float(low), float(high))
    return found


def partial_correlation(
    x: Sequence[float], y: Sequence[float], given: Sequence[float]
) -> Correlation | None:
    """Return Pearson's correlation of x and y with ``given`` held constant, and its interval.

    ``(r_xy - r_xz r_yz) / sqrt((1 - r_xz^2) (1 - r_yz^2))``, with a 95% bootstrap interval over
    cells. None where there are fewer than eight cells, or where one of the three does not vary.
    """
    if len(x) < MIN_CELLS or any(len(set(values)) < 3 for values in (x, y, given)):
        return None
    import numpy as np

    xs, ys, zs = (np.asarray(values, dtype=float) for values in (x, y, given))
    draws = np.random.default_rng(0).integers(0, len(xs), size=(2000, len(xs)))
    everyone = np.arange(len(xs))[None]
    value = float(_row_partial(xs[everyone], ys[everyone], zs[everyone])[0])
    sampled = _row_partial(xs[draws], ys[draws], zs[draws])
    low, high = np.nanpercentile(sampled, [2.5, 97.5])
    return Correlation(value, float(low), float(high))


def _row_partial(
    x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the partial correlation of (draws, cells) arrays row by row."""
    import numpy as np

    xy, xz, yz = _row_correlation(x, y), _row_correlation(x, z), _row_correlation(y, z)
    scale = np.sqrt(np.clip((1 - xz**2) * (1 - yz**2), 0, None))
    found: NDArray[np.float64] = np.full(len(x), math.nan)
    np.divide(xy - xz * yz, scale, out=found, where=scale > 1e-9)
    return found


def _row_correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate two (draws, cells) arrays row by row."""
    import numpy as np

    a, b = x, y
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean(axis=1, keepdims=True)
    scale = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    found: NDArray[np.float64] = np.full(len(a), math.nan)
    np.divide((a * b).sum(axis=1), scale, out=found, where=scale > 0)
    return found
