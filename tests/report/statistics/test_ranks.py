"""Ranks, tie groups and bootstrap values equal their plain definitions."""

import numpy as np
import pytest

from igds_bench.metrics import bleu
from igds_bench.report.statistics.paired import corpus_draws, resample_weights
from igds_bench.report.statistics.ranks import BATCH, bootstrap_values, ranks
from igds_bench.report.statistics.verdict import RowScores

DRAWS = 60


def ratio(sums):
    return sums[..., 0] / sums[..., 1]


def mean_row(draw, units):
    right = 100.0 * (draw.random((len(units), 30)) < 0.4)
    return RowScores(
        np.stack([right, np.ones_like(right)], axis=-1), np.array(units), ratio, is_mean=True
    )


def corpus_row(draw, units):
    hits = draw.integers(1, 5, (len(units), 30, 1)) * np.ones(10)
    hits[..., :2] += 5
    hits[..., 6:] += 3
    return RowScores(hits, np.array(units), bleu().from_sums, is_mean=False)


def one_row_at_a_time(rows, draws, seed):
    generator = np.random.default_rng([seed, 1])
    weights = resample_weights(30, draws, seed)
    found = np.zeros((draws, len(rows)))
    for column, row in enumerate(rows):
        cells = corpus_draws(row, weights)
        units = np.array([cells[row.units == u].mean(axis=0) for u in range(row.units.max() + 1)])
        found[:, column] = units.mean(axis=0)
        if len(units) > 1:
            values = [row.values[row.units == u].mean() for u in range(len(units))]
            residual = (units - units.mean(axis=0)).var(axis=1, ddof=1).sum() * 30 / 29
            error = max(np.var(values, ddof=1), residual / (len(units) - 1)) / len(units)
            found[:, column] += error**0.5 * generator.standard_t(len(units) - 1, draws)
    return found


@pytest.mark.parametrize("make", [mean_row, corpus_row])
def test_rows_drawn_together_are_those_drawn_one_at_a_time(make):
    draw = np.random.default_rng(0)
    shapes = [[0, 1, 2], [0, 0, 1, 1, 2], [0], [1, 0, 2, 2]]
    rows = [make(draw, shapes[i % len(shapes)]) for i in range(2 * BATCH + 3)]
    found = bootstrap_values(rows, DRAWS, seed=4)
    assert found == pytest.approx(one_row_at_a_time(rows, DRAWS, 4), abs=1e-9)
    assert found.std(axis=0).min() > 0


def letters_by_pairs(values, boot, higher_is_better):
    """Return the groups of rows, best first, by testing every pair on its own."""
    order = sorted(range(len(values)), key=lambda i: -values[i] if higher_is_better else values[i])
    groups = []
    for start, first in enumerate(order):
        last = start
        for place in range(start + 1, len(order)):
            difference = boot[:, order[place]] - boot[:, first]
            low, high = np.percentile(difference, 2.5), np.percentile(difference, 97.5)
            last = place if low <= 0 <= high else last
        if not groups or last > groups[-1][-1]:
            groups.append(list(range(start, last + 1)))
    return {
        order[place]: {n for n, group in enumerate(groups) if place in group}
        for place in range(len(order))
    }


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_tie_groups_are_those_of_every_pair_tested_on_its_own(higher_is_better):
    draw = np.random.default_rng(1)
    for _ in range(20):
        levels = draw.normal(0, 2, 9)
        boot = levels + draw.normal(0, draw.uniform(0.2, 2, 9), (200, 9))
        values = boot.mean(axis=0)
        found = [rank.group for rank in ranks(values, boot, higher_is_better)]
        wanted = letters_by_pairs(values, boot, higher_is_better)
        assert [set(group) for group in found] == [
            {"abcdefghi"[n] for n in wanted[i]} for i in range(9)
        ]


def test_rows_that_always_tie_may_stand_at_any_of_their_places():
    found = ranks(np.full(3, 18.75), np.full((50, 3), 18.75), higher_is_better=True)
    assert [(r.place, r.low, r.high) for r in found] == [(1, 1, 3)] * 3


def test_ranks_are_places_among_the_means_with_bootstrap_intervals():
    values = np.array([3.0, 1.0, 2.0, 3.0])
    boot = np.tile(values, (50, 1))
    found = ranks(values, boot, higher_is_better=True)
    assert [rank.place for rank in found] == [1, 4, 3, 1]
    assert [(rank.low, rank.high) for rank in found] == [(1, 2), (4, 4), (3, 3), (1, 2)]
    assert [rank.group for rank in found] == ["a", "c", "b", "a"]
    assert [r.place for r in ranks(values, boot, higher_is_better=False)] == [3, 1, 2, 3]
