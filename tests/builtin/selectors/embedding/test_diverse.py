"""A walk down a ranking with a cosine limit: equal to the plain loop, on anybody's ranking."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from igds_bench.builtin.selectors.embedding import semantic_dedup
from igds_bench.builtin.selectors.embedding.diverse import SPEC, Diverse, walk
from igds_bench.builtin.selectors.embedding.k_center import seeded_rows
from igds_bench.core.selection import Ranking
from igds_bench.testing import conformance
from tests.builders.pools import context_of, pool_of, ranked_places
from tests.builders.references import combined_filter

SIZE = 300


@pytest.fixture
def pool():
    return pool_of([{}] * SIZE)


@pytest.fixture
def embeddings(pool):
    rows = np.random.default_rng(1).normal(size=(SIZE, 3)).astype(np.float32)
    return dict(zip(pool.ids, rows, strict=True))


def lent(embeddings, ranking, limit=SIZE, seed=0):
    """Return a context that lends embeddings and another's ranking."""
    return SimpleNamespace(
        **vars(context_of(embeddings, limit, seed)), ranking_of=lambda label: ranking
    )


def in_order(pool):
    return Ranking(pool.ids, {id_: float(SIZE - n) for n, id_ in enumerate(pool.ids)})


def kept_by_hand(pool, embeddings, threshold, size=-1):
    rows = [embeddings[id_] for id_ in pool.ids]
    return combined_filter(rows, [SIZE - n for n in range(SIZE)], threshold, size)


@pytest.mark.parametrize("threshold", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("height", [7, 1024])
def test_it_keeps_what_the_plain_loop_keeps(threshold, height, pool, embeddings, monkeypatch):
    monkeypatch.setattr(semantic_dedup, "ROWS", height)
    monkeypatch.setattr(semantic_dedup, "KEPT", 2 * height)
    wanted = kept_by_hand(pool, embeddings, threshold)
    ranking = Diverse("other", threshold).rank(pool, lent(embeddings, in_order(pool)))
    assert 0 < len(wanted) < SIZE
    assert ranked_places(ranking, pool)[: len(wanted)] == wanted
    assert ranking.notes == {
        "of": "other",
        "passed over": SIZE - len(wanted),
        "survivors": len(wanted),
    }


def test_what_was_passed_over_follows_in_the_others_order(pool, embeddings):
    kept = kept_by_hand(pool, embeddings, 0.9)
    ranking = Diverse("other").rank(pool, lent(embeddings, in_order(pool)))
    assert ranked_places(ranking, pool)[len(kept) :] == [
        n for n in range(SIZE) if n not in set(kept)
    ]
    assert ranking.scores == in_order(pool).scores


def test_it_stops_once_there_are_enough(pool, embeddings, monkeypatch):
    monkeypatch.setattr(semantic_dedup, "ROWS", 16)
    few = kept_by_hand(pool, embeddings, 0.9, 10)
    ranking = Diverse("other").rank(pool, lent(embeddings, in_order(pool), limit=10))
    assert ranked_places(ranking, pool) == few
    assert ranking.notes["passed over"] < 40 and "survivors" not in ranking.notes


def test_a_limit_above_one_keeps_the_order_of_the_other(pool, embeddings):
    ranking = Diverse("other", threshold=1.0).rank(pool, lent(embeddings, in_order(pool)))
    near = len(pool) - ranking.notes.get("survivors", len(pool))
    assert near == 0 and ranking.ids == pool.ids


def test_rows_that_the_other_left_out_come_after_those_it_ranked(pool, embeddings):
    part = replace(in_order(pool), ids=pool.ids[:20], scores={})
    ranking = Diverse("other", threshold=1.0).rank(pool, lent(embeddings, part))
    assert ranking.ids[:20] == pool.ids[:20] and set(ranking.ids) == set(pool.ids)
    again = Diverse("other", threshold=1.0).rank(pool, lent(embeddings, part, seed=1))
    assert again.ids[20:] != ranking.ids[20:]


def test_rows_that_a_filter_took_out_are_not_ranked(pool, embeddings):
    left = pool.take(pool.ids[10:])
    ranking = Diverse("other").rank(left, lent(embeddings, in_order(pool)))
    assert set(ranking.ids) == set(left.ids) == set(ranking.scores)


def test_what_can_not_be_ranked_or_compared_comes_last_with_its_reason(pool, embeddings):
    embeddings[pool.ids[3]] = np.full(3, np.nan, np.float32)
    other = replace(in_order(pool), unranked={pool.ids[7]: "no score in the field `score`"})
    other = replace(other, scores={**other.scores, pool.ids[7]: math.nan})
    ranking = Diverse("other").rank(pool, lent(embeddings, other))
    assert ranked_places(ranking, pool)[-2:] == [3, 7]
    assert ranking.unranked == {
        pool.ids[3]: "embedding is not finite",
        pool.ids[7]: "no score in the field `score`",
    }
    assert all(map(math.isfinite, ranking.scores.values()))


def test_the_direction_is_the_others(pool, embeddings):
    lowest = replace(in_order(pool), higher_is_better=False)
    assert not Diverse("other").rank(pool, lent(embeddings, lowest)).higher_is_better


def test_a_walk_names_the_better_row_of_every_pair(pool, embeddings):
    seeded = seeded_rows(pool, context_of(embeddings))
    found = walk(pool.ids, seeded, 0.9, SIZE)
    place = {id_: n for n, id_ in enumerate(pool.ids)}
    assert found.near and set(found.near.values()) <= set(found.kept)
    assert all(place[twin] < place[id_] for id_, twin in found.near.items())


@conformance(SPEC, threshold=0.8)
def test_it_keeps_the_kits_promises(check):
    check()
