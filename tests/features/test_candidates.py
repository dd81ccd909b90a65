import numpy as np
import pytest
from scipy import stats

from igds_bench.core.features import Feature
from igds_bench.features.candidates import paired_interval, ranked, split_half
from igds_bench.features.recall import Recalled


def found(*places):
    return [Recalled(Feature(layer, index), recall) for layer, index, recall in places]


def flat(*means, samples=4):
    """Return (candidates, samples) with a little spread around each mean."""
    return np.array([[m - 1, m + 1] * (samples // 2) for m in means], dtype=float)


def test_ties_go_by_likelihood_then_recall_then_place():
    candidates = found((2, 0, 1.0), (1, 5, 0.9), (1, 3, 1.0), (1, 2, 1.0), (0, 9, 0.8))
    table = ranked(candidates, flat(1, 1, 1, 1, 2), flat(0, 1, 0, 0, -5))
    assert [(c.layer, c.index) for c in table] == [(0, 9), (1, 5), (1, 2), (1, 3), (2, 0)]


def test_what_was_dropped_early_comes_last():
    deltas = flat(1, 5)
    deltas[1, 2:] = np.nan
    first, last = ranked(found((0, 0, 1.0), (0, 1, 1.0)), deltas, flat(0, 0))
    assert (first.index, first.samples) == (0, 4)
    assert (last.index, last.samples, last.delta) == (1, 2, 5.0)


def test_the_interval_is_scipys():
    values = np.random.default_rng(0).normal(0.3, 1, 50)
    wanted = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    mean, stderr, low, high = paired_interval(values)
    assert (low, high) == (pytest.approx(wanted.low), pytest.approx(wanted.high))
    assert (mean, stderr) == (pytest.approx(values.mean()), pytest.approx(stats.sem(values)))


def test_halves_that_agree_are_reliable_and_halves_that_cannot_tell_say_nothing():
    deltas = np.array([[1, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 3]], dtype=float)
    assert split_half(deltas) == pytest.approx(1.0)
    deltas[:, 1::2] = -deltas[:, 1::2]
    assert split_half(deltas) == pytest.approx(-1.0)
    assert split_half(deltas[:2]) is None
    assert split_half(np.zeros((5, 4))) is None
