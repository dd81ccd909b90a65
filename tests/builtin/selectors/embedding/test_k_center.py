"""k-center greedy against the plain loop and the best possible centres."""

from itertools import combinations, islice

import numpy as np
import pytest

from igds_bench.builtin.selectors.embedding.k_center import KCenter, k_center
from igds_bench.core.data import Pool
from tests.builders.pools import context_of, embeddings_of, make_pool


def points_of(size, width=8, seed=0, clusters=0):
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(size, width))
    if clusters:
        rows = 0.01 * rows + draw.normal(size=(clusters, width))[draw.integers(clusters, size=size)]
    return (rows - rows.mean(0)).astype(np.float32)


def plain(points):
    """The greedy loop, word by word."""
    rows = points.astype(np.float64)
    order = [int(np.argmin((rows**2).sum(1)))]
    near = ((rows - rows[order[0]]) ** 2).sum(1)
    while len(order) < len(rows):
        near[order[-1]] = -1
        order.append(int(np.argmax(near)))
        near = np.minimum(near, ((rows - rows[order[-1]]) ** 2).sum(1))
    return order


@pytest.fixture
def pool():
    return make_pool([(f"prompt {n}", "answer") for n in range(60)])


@pytest.mark.parametrize(("width", "steps"), [(3, 4), (8, 9)])
def test_order_is_that_of_the_plain_loop_ties_included(width, steps):
    points = np.random.default_rng(0).integers(-steps, steps, size=(3000, width)).astype(np.float32)
    assert [position for position, _ in k_center(points)] == plain(points)


@pytest.mark.parametrize("clusters", [0, 7])
def test_every_centre_is_the_farthest_up_to_rounding(clusters):
    points = points_of(3000, clusters=clusters).astype(np.float64)
    near = np.full(len(points), np.inf)
    for place, (position, _) in enumerate(islice(k_center(points.astype(np.float32)), 400)):
        assert place == 0 or near[position] >= near.max() - 2e-5
        near = np.minimum(near, ((points - points[position]) ** 2).sum(1))


def test_every_distance_is_the_one_to_the_nearest_earlier_centre():
    points = points_of(2500)
    found = list(k_center(points))
    assert [d for _, d in found] == sorted((d for _, d in found), reverse=True)
    for place in (1, 2, 700, 2000):
        before = points[[p for p, _ in found[:place]]]
        expected = np.linalg.norm(before - points[found[place][0]], axis=1).min()
        assert found[place][1] == pytest.approx(expected, abs=2e-3)
    assert found[0][1] == found[1][1]


@pytest.mark.parametrize("seed", range(5))
def test_radius_is_at_most_twice_the_best(seed):
    points = points_of(10, width=2, seed=seed)
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    order = [position for position, _ in k_center(points)]
    for count in (1, 2, 3, 4):
        best = min(distances[list(c)].min(0).max() for c in combinations(range(10), count))
        assert distances[order[:count]].min(0).max() <= 2 * best + 1e-5


def test_equal_points_are_all_yielded_once():
    points = np.zeros((1500, 3), dtype=np.float32)
    assert [position for position, _ in k_center(points)] == list(range(1500))


def test_ranking_does_not_depend_on_the_order_of_the_pool(pool):
    context = context_of(embeddings_of(pool), limit=30)
    ranking = KCenter().rank(pool, context)
    turned = KCenter().rank(Pool(tuple(pool)[::-1]), context)
    assert ranking.ids == turned.ids and ranking.scores == turned.scores


def test_a_larger_limit_continues_a_smaller_one(pool):
    embeddings = embeddings_of(pool)
    short = KCenter().rank(pool, context_of(embeddings, limit=1))
    long = KCenter().rank(pool, context_of(embeddings, limit=40))
    assert long.ids[:1] == short.ids and long.scores[short.ids[0]] == short.scores[short.ids[0]]
    assert len(long.ids) == 40


def test_cosine_ignores_lengths_and_euclidean_does_not(pool):
    embeddings = embeddings_of(pool)
    longer = {id_: row * (1 + n % 5) for n, (id_, row) in enumerate(embeddings.items())}
    ids = [
        KCenter(metric).rank(pool, context_of(rows, limit=60)).ids
        for metric in ("cosine", "euclidean")
        for rows in (embeddings, longer)
    ]
    assert ids[0] == ids[1] and ids[2] != ids[3]


def test_an_embedding_that_is_not_finite_comes_last_with_its_reason(pool):
    embeddings = embeddings_of(pool)
    bad = pool.ids[3]
    embeddings[bad] = np.full(6, np.nan, np.float32)
    ranking = KCenter().rank(pool, context_of(embeddings, limit=60))
    assert ranking.ids[-1] == bad and "not finite" in ranking.unranked[bad]
    assert not KCenter().rank(pool, context_of(embeddings, limit=10)).unranked
