import pytest

from igds_bench.core.data import Example, Pool
from igds_bench.core.seeding import content_key, keyed_order, keyed_uniform
from igds_bench.errors import DataError
from tests.builders.pools import make_pool


def test_exact_duplicates_keep_ids_of_their_own():
    pool = make_pool([("p", "r"), ("p", "r"), ("p", "s"), ("p", "r")])
    assert len(set(pool.ids)) == 4
    assert pool.duplicates == 2
    assert pool.ids[1] == pool.ids[0] + "-2"
    assert len(pool.without_duplicates()) == 2


def test_pool_refuses_one_id_twice():
    with pytest.raises(DataError, match="occur twice"):
        Pool([Example("a", "p", "r"), Example("a", "p", "r")])


def test_fingerprint_ignores_order_and_sees_content():
    pairs = [("p", "a"), ("p", "b"), ("q", "c")]
    assert make_pool(pairs).fingerprint == make_pool(pairs[::-1]).fingerprint
    assert make_pool(pairs).fingerprint != make_pool(pairs[:2]).fingerprint


def test_visible_hides_what_a_selector_does_not_declare():
    pool = make_pool([("p", "a")], ["clean"])
    assert (pool.visible(())[0].source, dict(pool.visible(())[0].metadata)) == ("", {})
    shown = pool.visible(("source", "n"))[0]
    assert (shown.source, dict(shown.metadata)) == ("clean", {"n": 0})


def test_keyed_randomness_is_that_of_seed_and_id_alone():
    ids = [f"x{n}" for n in range(50)]
    assert keyed_order(ids, 1) == keyed_order(ids[::-1], 1)
    assert keyed_order(ids, 1) != keyed_order(ids, 2)
    draws = [keyed_uniform(0, i) for i in range(4000)]
    assert 0.48 < sum(draws) / 4000 < 0.52


def test_content_key_is_canonical():
    assert content_key({"a": 1, "b": 2}) == content_key({"b": 2, "a": 1})
    assert content_key({"a": 1}) != content_key({"a": 2})
