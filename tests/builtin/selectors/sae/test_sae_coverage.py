"""Coverage of SAE features: the orders are those of the plain loops."""

from types import SimpleNamespace

import numpy as np
import pytest

from igds_bench.builtin.selectors.sae import sae_coverage as module
from igds_bench.builtin.selectors.sae.sae_coverage import (
    FeatureSets,
    SaeGreedy,
    SaeSimScale,
    greedy,
    sim_scale,
)
from igds_bench.core.data import Pool
from igds_bench.core.quantities import ActiveFeatures, Ragged
from igds_bench.errors import DataError
from tests.builders.pools import make_pool


def ragged(sets):
    values = np.array([f for one in sets for f in sorted(one)], dtype=np.int32)
    return Ragged(values, np.array([len(one) for one in sets], dtype=np.int64))


def sets_of(size, features=60, seed=0):
    draw = np.random.default_rng(seed)
    return [
        set(draw.choice(features, int(draw.integers(0, 12)), replace=False).tolist())
        for _ in range(size)
    ]


def plain_greedy(sets):
    left, used, order = list(range(len(sets))), set(), []
    while any(sets[i] for i in left):
        new = [len(sets[i] - used) for i in left]
        if max(new) == 0:
            used = set()
            continue
        best = left.pop(int(np.argmax(new)))
        used |= sets[best]
        order.append(best)
    return order + left


def plain_sim_scale(sets, ratio):
    left = sorted((i for i in range(len(sets)) if sets[i]), key=lambda i: -len(sets[i]))
    order = []
    while left:
        used: set[int] = set()
        for i in list(left):
            if len(sets[i] & used) / len(sets[i]) < ratio:
                used |= sets[i]
                order.append(i)
                left.remove(i)
    return order + [i for i in range(len(sets)) if not sets[i]]


@pytest.fixture
def pool():
    return make_pool([(f"prompt {n}", "answer") for n in range(60)])


def context_of(pool, sets, limit=60):
    known = dict(zip(pool.ids, sets, strict=True))

    def measured(asked, quantity):
        assert quantity == ActiveFeatures(layer=3, threshold=0.5)
        return ragged([known[id_] for id_ in asked.ids])

    return SimpleNamespace(
        seed=0, limit=limit, progress=lambda items, *a, **k: items, measured=measured
    )


def build(kind):
    return kind(layer=3, threshold=0.5)


@pytest.mark.parametrize("seed", range(4))
def test_greedy_order_is_that_of_the_plain_loop(seed):
    sets = sets_of(200, seed=seed)
    assert [place for place, *_ in greedy(FeatureSets(ragged(sets)))] == plain_greedy(sets)


@pytest.mark.parametrize("chunk", [7, 4096])
@pytest.mark.parametrize("ratio", [0.3, 0.8, 1.0])
def test_sim_scale_order_is_that_of_the_plain_loop(ratio, chunk, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", chunk)
    sets = sets_of(200)
    found = [place for place, *_ in sim_scale(FeatureSets(ragged(sets)), ratio)]
    assert found == plain_sim_scale(sets, ratio)


def test_greedy_takes_what_is_new_and_begins_again_when_nothing_is():
    sets = [{0, 1, 2, 3}, {0, 1, 2}, {4}, {3, 5}, set()]
    found = list(greedy(FeatureSets(ragged(sets))))
    assert found == [(0, 4, 1), (2, 1, 1), (3, 1, 1), (1, 3, 2), (4, 0, 2)]


def test_sim_scale_passes_over_what_overlaps_too_much():
    sets = [{0, 1, 2, 3, 4}, {0, 1, 2, 3}, {0, 1, 9}, {8}]
    found = list(sim_scale(FeatureSets(ragged(sets)), 0.8))
    assert found == [(0, 5, 1), (2, 3, 1), (3, 1, 1), (1, 4, 2)]


@pytest.mark.parametrize("kind", [SaeGreedy, SaeSimScale])
def test_ranking_does_not_depend_on_the_order_of_the_pool(kind, pool):
    context = context_of(pool, sets_of(60, features=20))
    ranking = build(kind).rank(pool, context)
    turned = build(kind).rank(Pool(tuple(pool)[::-1]), context)
    assert ranking.ids == turned.ids and ranking.scores == turned.scores
    assert set(ranking.ids) == set(pool.ids)


@pytest.mark.parametrize("kind", [SaeGreedy, SaeSimScale])
def test_a_larger_limit_continues_a_smaller_one(kind, pool):
    sets = sets_of(60)
    short = build(kind).rank(pool, context_of(pool, sets, limit=7))
    long = build(kind).rank(pool, context_of(pool, sets))
    assert long.ids[:7] == short.ids


@pytest.mark.parametrize("kind", [SaeGreedy, SaeSimScale])
def test_examples_without_a_feature_come_last(kind, pool):
    sets = sets_of(60)
    empty = {id_ for id_, one in zip(pool.ids, sets, strict=True) if not one}
    ranking = build(kind).rank(pool, context_of(pool, sets))
    assert empty and set(ranking.ids[-len(empty) :]) == empty


@pytest.mark.parametrize("kind", [SaeGreedy, SaeSimScale])
def test_a_pool_without_any_feature_is_refused_with_the_fix(kind, pool):
    with pytest.raises(DataError, match="lower `threshold`"):
        build(kind).rank(pool, context_of(pool, [set()] * 60))


def test_notes_say_what_is_covered(pool):
    sets = [{0, 1}, {2}, {0}] * 20
    notes = build(SaeGreedy).rank(pool, context_of(pool, sets, limit=1)).notes
    assert notes["rounds"] == 1 and notes["features of the pool"] == 3
    assert notes["share of them covered"] == pytest.approx(2 / 3)
    assert build(SaeGreedy).rank(pool, context_of(pool, sets, limit=3)).notes["rounds"] == 2
