"""What selections have in common."""

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from igds_bench.report.board.overlap import rank_correlations


def test_the_order_of_choice_is_compared_as_scipy_does_with_ties():
    orders = [("a", "b", "c"), ("c", "x", "a", "y"), ("y", "b", "q")]
    names = [*"abcxyq", *(f"n{number}" for number in range(14))]
    places = [
        rankdata([order.index(n) if n in order else len(names) for n in names]) for order in orders
    ]
    assert rank_correlations(orders, 20) == pytest.approx(spearmanr(places, axis=1).statistic)


def test_random_draws_share_what_chance_says():
    draw, size, n = np.random.default_rng(0), 400, 100
    sets = [set(draw.permutation(size)[:n].tolist()) for _ in range(60)]
    pairs = [(sets[i], sets[j]) for i in range(60) for j in range(i)]
    mean = np.mean([len(a & b) / len(a | b) for a, b in pairs])
    assert mean == pytest.approx(0.25 / 1.75, abs=0.005)
