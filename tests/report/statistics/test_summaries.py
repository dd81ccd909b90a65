"""Means, spreads and correlations."""

import numpy as np
import pytest
from scipy import stats

from igds_bench.report.statistics.summaries import correlations, partial_correlation, summarise


def test_a_single_value_has_no_spread():
    assert summarise([2.0]).sd is None


def test_correlations_are_scipys_and_need_eight_cells():
    draw = np.random.default_rng(1)
    x = draw.normal(size=20)
    y = x + draw.normal(size=20)
    found = correlations(list(x), list(y))
    assert found["Pearson"].value == pytest.approx(stats.pearsonr(x, y).statistic)
    assert found["Spearman"].value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert all(c.low < c.value < c.high for c in found.values())
    assert correlations([1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7]) is None
    assert correlations([1.0] * 9, list(range(9))) is None


def test_a_mean_lies_between_the_lowest_and_the_highest_value():
    for value in (0.1, 57.03703703703704, 15.600000000000001):
        found = summarise([value] * 3)
        assert found.low <= found.mean <= found.high


def test_correlations_repeat_and_stay_within_bounds_where_values_are_tied():
    x = [0.0, 0, 0, 0, 1, 1, 2, 3]
    y = [1.0, 1, 1, 2, 2, 2, 5, 4]
    found = correlations(x, y)
    assert found == correlations(x, y)
    assert found["Spearman"].value == pytest.approx(stats.spearmanr(x, y).statistic)
    for one in found.values():
        assert -1 - 1e-12 <= one.low <= one.value <= one.high <= 1 + 1e-12


def test_the_partial_correlation_is_that_of_residuals():
    draw = np.random.default_rng(0)
    z = draw.normal(size=40)
    x, y = z + draw.normal(size=40), -z + draw.normal(size=40)
    left, right = (v - np.polyval(np.polyfit(z, v, 1), z) for v in (x, y))
    found = partial_correlation(x.tolist(), y.tolist(), z.tolist())
    assert found.value == pytest.approx(np.corrcoef(left, right)[0, 1])
    assert found.low < found.value < found.high


def test_without_variation_there_is_no_partial_correlation():
    values = [float(n) for n in range(9)]
    assert partial_correlation(values, values, [1.0] * 9) is None
    assert partial_correlation(values[:7], values[:7], values[:7]) is None
