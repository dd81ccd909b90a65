"""Facility location: the lazy order is the plain one, and within 1 - 1/e of the best."""

from itertools import combinations

import numpy as np
import pytest

from igds_bench.builtin.selectors.embedding import facility_location as module
from igds_bench.builtin.selectors.embedding.facility_location import (
    FacilityLocation,
    facility_location,
    similarity_graph,
)
from igds_bench.builtin.selectors.embedding.k_center import unit_rows
from igds_bench.core.data import Pool
from tests.builders.pools import context_of, embeddings_of, make_pool


def rows_of(size, width=6, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(size, width)))


def plain(similarities):
    covered, order = np.zeros(len(similarities)), []
    while len(order) < len(similarities):
        gains = np.maximum(similarities - covered, 0).sum(1)
        gains[order] = -1
        order.append(int(np.argmax(gains)))
        covered = np.maximum(covered, similarities[order[-1]])
    return order


@pytest.fixture
def pool():
    return make_pool([(f"prompt {n}", "answer") for n in range(60)])


def test_lazy_order_is_that_of_the_plain_loop():
    graph = similarity_graph(rows_of(300), 8)
    found = list(facility_location(graph))
    assert [position for position, _ in found] == plain(graph.toarray().astype(np.float64))
    gains = [gain for _, gain in found]
    assert gains == sorted(gains, reverse=True)


def test_equal_gains_come_in_the_order_of_positions():
    graph = similarity_graph(np.repeat(np.eye(4, dtype=np.float32), 3, axis=0), 12)
    assert [p for p, _ in facility_location(graph)] == [0, 3, 6, 9, 1, 2, 4, 5, 7, 8, 10, 11]


@pytest.mark.parametrize("seed", range(5))
def test_value_is_within_the_guarantee(seed):
    graph = similarity_graph(rows_of(10, 3, seed), 9).toarray()
    order = [
        position for position, _ in facility_location(similarity_graph(rows_of(10, 3, seed), 9))
    ]
    for count in (1, 2, 3, 4):
        best = max(graph[list(c)].max(0).sum() for c in combinations(range(10), count))
        assert graph[order[:count]].max(0).sum() >= (1 - 1 / np.e) * best - 1e-5


def test_graph_holds_the_nearest_positive_cosines_both_ways(monkeypatch):
    rows = rows_of(90)
    monkeypatch.setattr(module, "CELLS", 90 * 7)
    graph = similarity_graph(rows, 5).toarray()
    cosines = np.clip(rows @ rows.T, 0, 1)
    np.fill_diagonal(cosines, -1)
    near = cosines >= np.sort(cosines, axis=1)[:, -5][:, None]
    expected = np.where(near | near.T, cosines, 0)
    np.fill_diagonal(expected, 1)
    np.testing.assert_allclose(graph, expected, atol=1e-6)


def test_opposite_examples_do_not_represent_each_other():
    graph = similarity_graph(np.array([[1, 0], [-1, 0]], dtype=np.float32), 5)
    np.testing.assert_array_equal(graph.toarray(), np.eye(2))


def test_a_single_example_is_its_own_representative():
    assert list(facility_location(similarity_graph(rows_of(1), 5))) == [(0, 1.0)]


def test_ranking_does_not_depend_on_the_order_of_the_pool(pool):
    embeddings = embeddings_of(pool)
    for copy in range(20, 40):
        embeddings[pool.ids[copy]] = embeddings[pool.ids[0]]
    context = context_of(embeddings, limit=60)
    ranking = FacilityLocation(neighbours=4).rank(pool, context)
    turned = FacilityLocation(neighbours=4).rank(Pool(tuple(pool)[::-1]), context)
    assert ranking.ids == turned.ids and ranking.scores == turned.scores


def test_a_larger_limit_continues_a_smaller_one(pool):
    embeddings = embeddings_of(pool)
    short = FacilityLocation().rank(pool, context_of(embeddings, limit=7))
    long = FacilityLocation().rank(pool, context_of(embeddings, limit=60))
    assert long.ids[:7] == short.ids and len(set(long.ids)) == 60
