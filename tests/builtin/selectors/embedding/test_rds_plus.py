"""RDS+ against sorting every query's similarities in full."""

from types import SimpleNamespace

import numpy as np
import pytest

from igds_bench.builtin.selectors.embedding import rds_plus as module
from igds_bench.builtin.selectors.embedding.k_center import unit_rows
from igds_bench.builtin.selectors.embedding.rds_plus import RdsPlus, round_robin
from igds_bench.core.data import Pool
from igds_bench.errors import DataError
from tests.builders.pools import make_pool


def rows_of(size, width=6, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(size, width)))


def reader(rows):
    return lambda start, stop: rows[start:stop]


def plain(rows, queries):
    """Sort everything, then take turns."""
    orders = [np.argsort(-(rows @ query), kind="stable").tolist() for query in queries]
    taken: list[int] = []
    while len(taken) < len(rows):
        for order in orders:
            left = [position for position in order if position not in taken]
            taken += left[:1]
    return taken


@pytest.fixture
def pool():
    return make_pool([(f"prompt {n}", "answer") for n in range(80)])


@pytest.fixture
def samples():
    return make_pool([(f"target {n}", "answer") for n in range(5)])


def context_of(pool, samples, limit=20, pool_rows=None, target_rows=None):
    known = dict(zip(pool.ids, rows_of(len(pool)) if pool_rows is None else pool_rows, strict=True))
    given = rows_of(len(samples), seed=1) if target_rows is None else target_rows
    known |= dict(zip(samples.ids, given, strict=True))

    def measured(asked, quantity):
        assert (quantity.over == "target") == (asked is samples)
        return np.array([known[id_] for id_ in asked.ids], np.float32).reshape(len(asked), 6)

    return SimpleNamespace(
        seed=0,
        limit=limit,
        progress=lambda items, *a, **k: items,
        target=SimpleNamespace(samples=samples),
        measured=measured,
    )


@pytest.mark.parametrize("depth", [1, 3, 64, 500])
@pytest.mark.parametrize("alike", [False, True])
def test_order_is_that_of_sorting_everything(depth, alike, monkeypatch):
    monkeypatch.setattr(module, "ROWS", 37)
    rows, queries = rows_of(300), rows_of(7, seed=1)
    if alike:
        queries = unit_rows(queries[:1] + 0.01 * queries)
    found = list(round_robin(reader(rows), len(rows), queries, depth))
    assert [position for position, _ in found] == plain(rows, queries)
    for (position, cosine), query in zip(found[:7], queries, strict=True):
        assert cosine == pytest.approx(rows[position] @ query, abs=1e-6)


@pytest.mark.parametrize("depth", [2, 16])
def test_equal_cosines_are_taken_in_the_order_of_positions(depth, monkeypatch):
    monkeypatch.setattr(module, "ROWS", 10)
    rows = np.tile(np.eye(2, 6, dtype=np.float32), (20, 1))
    queries = np.eye(2, 6, dtype=np.float32)
    found = list(round_robin(reader(rows), 40, queries, depth))
    assert [position for position, _ in found] == list(range(40))


def test_lists_are_only_made_anew_when_one_is_exhausted(monkeypatch):
    asked = []
    real = module.nearest
    monkeypatch.setattr(module, "nearest", lambda *a: asked.append(a[3]) or real(*a))
    rows, query = rows_of(100), rows_of(1, seed=1)
    list(round_robin(reader(rows), 100, query, 10))
    assert asked == [10, 20, 40, 80]


def test_copies_of_target_samples_come_first(pool, samples):
    target = rows_of(5, seed=1)
    rows = rows_of(80)
    rows[30:35] = 3 * target
    ranking = RdsPlus().rank(pool, context_of(pool, samples, pool_rows=rows, target_rows=target))
    assert set(ranking.ids[:5]) == set(pool.ids[30:35])
    assert [ranking.scores[id_] for id_ in ranking.ids[:5]] == pytest.approx([1.0] * 5)


def test_ranking_does_not_depend_on_the_order_of_the_pool(pool, samples):
    rows = rows_of(80)
    rows[40:] = rows[0]
    known = context_of(pool, samples, limit=80, pool_rows=rows)
    ranking = RdsPlus().rank(pool, known)
    turned = RdsPlus().rank(Pool(tuple(pool)[::-1]), known)
    assert ranking.ids == turned.ids and ranking.scores == turned.scores


def test_a_larger_limit_continues_a_smaller_one(pool, samples):
    short = RdsPlus().rank(pool, context_of(pool, samples, limit=7))
    long = RdsPlus().rank(pool, context_of(pool, samples, limit=80))
    assert long.ids[:7] == short.ids and len(set(long.ids)) == 80


def test_an_embedding_that_is_not_finite_comes_last_with_its_reason(pool, samples):
    rows = rows_of(80)
    rows[3, 0] = np.nan
    ranking = RdsPlus().rank(pool, context_of(pool, samples, limit=80, pool_rows=rows))
    assert ranking.ids[-1] == pool.ids[3] and list(ranking.unranked) == [pool.ids[3]]


def test_no_target_samples_are_an_error_that_says_so(pool):
    with pytest.raises(DataError, match="'prior' or 'dev'"):
        RdsPlus().rank(pool, context_of(pool, make_pool([]), target_rows=[]))
