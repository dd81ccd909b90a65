"""SemDeDup: what is rejected, for what, and which of a pair stays."""

import numpy as np
import pytest

from igds_bench.builtin.selectors.embedding import semantic_dedup as module
from igds_bench.builtin.selectors.embedding.k_center import unit_rows
from igds_bench.builtin.selectors.embedding.semantic_dedup import (
    SemanticDedup,
    near_duplicates,
    spherical_k_means,
)
from igds_bench.core.data import Pool
from tests.builders.pools import context_of, embeddings_of, make_pool


@pytest.fixture
def pool():
    return make_pool([(f"prompt {n}", "answer") for n in range(60)])


def at_angles(*degrees):
    radians = np.deg2rad(degrees)
    return np.stack((np.cos(radians), np.sin(radians)), axis=1).astype(np.float32)


def plain(rows, members, threshold):
    kept: list[int] = []
    twins = {}
    for member in members.tolist():
        near = [other for other in kept if rows[member] @ rows[other] > threshold]
        if near:
            twins[member] = near[0]
        else:
            kept.append(member)
    return twins


def test_copies_are_rejected_and_name_what_stays(pool):
    embeddings = embeddings_of(pool)
    for copy in range(40, 60):
        embeddings[pool.ids[copy]] = 2 * embeddings[pool.ids[copy - 40]]
    rejected = SemanticDedup(threshold=0.999).reject(pool, context_of(embeddings))
    assert len(rejected) == 20
    places = {id_: place for place, id_ in enumerate(pool.ids)}
    for id_, reason in rejected.items():
        twin = reason.removeprefix("near-duplicate of ")
        assert twin not in rejected and (places[id_] - places[twin]) % 40 == 0


def test_the_seed_says_which_of_two_copies_stays(pool):
    row = np.ones(6, np.float32)
    stays = set()
    for seed in range(8):
        two = pool.take(pool.ids[:2])
        rejected = SemanticDedup().reject(two, context_of(dict.fromkeys(pool.ids, row), seed=seed))
        stays |= set(two.ids) - set(rejected)
    assert stays == set(pool.ids[:2])


def test_rejection_does_not_depend_on_the_order_of_the_pool(pool):
    embeddings = embeddings_of(pool)
    for copy in range(20, 60):
        embeddings[pool.ids[copy]] = embeddings[pool.ids[copy % 20]]
    context = context_of(embeddings)
    filtering = SemanticDedup(threshold=0.6)
    assert filtering.reject(pool, context) == filtering.reject(Pool(tuple(pool)[::-1]), context)


def test_the_one_farther_from_the_centre_stays():
    pool = make_pool([(f"prompt {n}", "answer") for n in range(4)])
    embeddings = dict(zip(pool.ids, at_angles(0, 1, 2, 60), strict=True))
    rejected = SemanticDedup(threshold=0.99, clusters=1).reject(pool, context_of(embeddings))
    assert rejected == {id_: f"near-duplicate of {pool.ids[0]}" for id_ in pool.ids[1:3]}


def test_a_chain_keeps_both_of_its_ends():
    rows = at_angles(0, 10, 20)
    assert near_duplicates(rows, np.arange(3), float(np.cos(np.deg2rad(15)))) == {1: 0}


@pytest.mark.parametrize("height", [5, 1024])
def test_blocks_reject_what_the_plain_loop_does(height, monkeypatch):
    monkeypatch.setattr(module, "ROWS", height)
    monkeypatch.setattr(module, "KEPT", 2 * height)
    rows = unit_rows(np.random.default_rng(0).normal(size=(300, 3)))
    members = np.random.default_rng(1).permutation(300)[:200]
    assert near_duplicates(rows, members, 0.95) == plain(rows, members, 0.95)


def test_no_more_members_are_looked_at_than_a_limit_needs(monkeypatch):
    monkeypatch.setattr(module, "ROWS", 10)
    rows = unit_rows(np.random.default_rng(0).normal(size=(300, 3)))
    members = np.arange(300)
    whole, part = (near_duplicates(rows, members, 0.9, limit) for limit in (None, 15))
    assert part == {member: twin for member, twin in whole.items() if member <= max(part)}
    looked_at = 10 * -(-(max(part) + 1) // 10)
    assert looked_at - len(part) >= 15 and looked_at < 100


def test_clusters_are_those_that_the_rows_were_drawn_from():
    draw = np.random.default_rng(0)
    truth = np.arange(200) % 4
    rows = unit_rows(5 * np.eye(4, 8)[truth] + 0.1 * draw.normal(size=(200, 8)))
    labels, closeness = spherical_k_means(rows, 4, range(10))
    assert len({(a, b) for a, b in zip(truth.tolist(), labels.tolist(), strict=True)}) == 4
    assert closeness.min() > 0.98


def test_only_examples_of_one_cluster_are_compared(pool):
    embeddings = dict(zip(pool.ids, at_angles(*np.linspace(0, 59, 60)), strict=True))
    one = SemanticDedup(threshold=0.5, clusters=1).reject(pool, context_of(embeddings))
    many = SemanticDedup(threshold=0.5, clusters=10).reject(pool, context_of(embeddings))
    assert len(one) == 59 and len(many) == 50


def test_zeros_and_rows_that_are_not_finite_are_kept(pool):
    embeddings = dict.fromkeys(pool.ids, np.zeros(6, np.float32))
    embeddings[pool.ids[0]] = np.full(6, np.inf, np.float32)
    assert SemanticDedup().reject(pool, context_of(embeddings)) == {}
    assert SemanticDedup().reject(pool.take(pool.ids[:1]), context_of(embeddings)) == {}
