"""Data efficiency against numbers that are known by hand."""

import numpy as np
import pytest

from igds_bench.report.statistics.efficiency import area, budget_to_match, efficiency, pareto


def test_area_and_match_are_by_linear_interpolation():
    shares = np.array([0.1, 0.3, 0.5])
    curves = np.array([[10.0, 20.0, 40.0], [30.0, 20.0, 10.0]])
    assert area(shares, curves) == pytest.approx([22.5, 20.0])
    found = budget_to_match(shares, curves, np.array([30.0, 35.0]))
    assert found[0] == pytest.approx(0.4)
    assert np.isinf(found[1])


def test_the_interval_of_the_match_reaches_as_far_as_its_draws():
    shares = np.array([0.1, 0.5])
    boot = np.array([[10.0, 30.0]] * 90 + [[10.0, 20.0]] * 10)
    found = efficiency(shares, np.array([10.0, 30.0]), boot, 25.0, np.full(100, 25.0), True)
    assert found.match == found.match_low == pytest.approx(0.4)
    assert found.match_high is None
    assert found.matched_draws == pytest.approx(0.9)


def test_where_lower_is_better_a_curve_matches_from_above():
    shares, values = np.array([0.1, 0.5]), np.array([3.0, 1.0])
    found = efficiency(shares, values, values[None], 2.0, np.array([2.0]), False)
    assert found.match == pytest.approx(0.3)


def test_the_front_is_what_nothing_beats_in_cost_and_metric():
    assert pareto([1, 2, 3, 4, 1], [5, 4, 6, 6, 3], True) == [0, 2]
    assert pareto([1, 2, 3], [5, 4, 6], False) == [0, 1]
