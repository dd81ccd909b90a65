"""Data efficiency: the area under budget curves, the budget that matches all data, cost fronts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Efficiency:
    """What a budget curve amounts to; intervals are 95% bootstrap ones."""

    area: float
    """Mean height of the curve between its smallest and largest budget, in points."""
    area_low: float
    area_high: float
    match: float | None
    """Least share of the pool whose interpolated score reaches that of all data; None where no
    budget of the curve does, or nothing was trained on all data."""
    match_low: float | None
    """None where even the favourable end of the interval reaches it at no budget of the curve."""
    match_high: float | None
    """None where the unfavourable end reaches it at no budget."""
    matched_draws: float | None
    """Share of bootstrap draws in which the curve reaches it; None without a full row."""


def efficiency(
    shares: Floats,
    values: Floats,
    boot: Floats,
    target: float | None,
    boot_target: Floats | None,
    higher_is_better: bool,
) -> Efficiency:
    """Return area and budget-to-match of one curve.

    Args:
        shares: (budgets,), ascending shares of the pool.
        values: (budgets,), the metric.
        boot: (draws, budgets), the metric in bootstrap draws.
        target: the metric of all data, or None.
        boot_target: (draws,), likewise in the same draws.
        higher_is_better: direction of the metric.
    """
    import numpy as np

    areas = area(shares, boot)
    low, high = np.percentile(areas, [2.5, 97.5])
    own = float(area(shares, values[None])[0])
    if target is None or boot_target is None:
        return Efficiency(own, float(low), float(high), None, None, None, None)
    sign = 1.0 if higher_is_better else -1.0
    match = budget_to_match(shares, sign * values[None], np.array([sign * target]))[0]
    drawn = budget_to_match(shares, sign * boot, sign * boot_target)
    # A draw that never gets there lies beyond every budget, at infinity.
    ends = np.quantile(drawn, [0.025, 0.975], method="inverted_cdf")
    least, low_end, high_end = (
        float(value) if np.isfinite(value) else None for value in (match, *ends)
    )
    reached = float(np.isfinite(drawn).mean())
    return Efficiency(own, float(low), float(high), least, low_end, high_end, reached)


def area(shares: Floats, values: Floats) -> Floats:
    """Return the mean height of curves: trapezoids over the share, divided by its range.

    Args:
        shares: (budgets,), ascending.
        values: (curves, budgets).
    """
    import numpy as np

    found: Floats = np.trapezoid(values, shares, axis=1) / (shares[-1] - shares[0])
    return found


def budget_to_match(shares: Floats, values: Floats, targets: Floats) -> Floats:
    """Return where each curve first reaches its target by linear interpolation; else infinity.

    Args:
        shares: (budgets,), ascending.
        values: (curves, budgets), higher is better.
        targets: (curves,).
    """
    import numpy as np

    found = np.full(len(values), np.inf)
    for i in reversed(range(len(shares))):
        reached = values[:, i] >= targets
        at = np.full(len(values), shares[i])
        if i > 0:
            rise = values[:, i] - values[:, i - 1]
            between = reached & (values[:, i - 1] < targets)
            step = (targets - values[:, i - 1])[between] / rise[between]
            at[between] = shares[i - 1] + step * (shares[i] - shares[i - 1])
        found[reached] = at[reached]
    return found


def pareto(costs: Sequence[float], values: Sequence[float], higher_is_better: bool) -> list[int]:
    """Return the rows that no other beats in both cost and metric, cheapest first.

    Args:
        costs: total compute, selection and training, in FLOPs.
        values: the metric.
        higher_is_better: direction of the metric.
    """
    sign = 1.0 if higher_is_better else -1.0
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -sign * values[i]))
    front: list[int] = []
    for i in order:
        if not front or sign * values[i] > sign * values[front[-1]]:
            front.append(i)
    return front
