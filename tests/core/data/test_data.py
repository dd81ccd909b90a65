import pytest

from igds_bench.core.data import ROW, Example, Pool
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


def test_visible_hides_where_a_row_stands_unless_that_is_declared():
    pool = make_pool([("p", "a"), ("p", "b")])
    assert [example.row for example in pool.visible(("n",))] == [0, 0]
    assert [example.row for example in pool.visible((ROW,))] == [0, 1]
