"""Rows without a score: last, dropped or refused, and always counted."""

import pytest

from igds_bench.builtin.selectors.given.missing import by_row, check_found, told, without_score
from igds_bench.builtin.selectors.given.scores import Scores
from igds_bench.builtin.selectors.given.values import number_of
from igds_bench.errors import DataError
from tests.builders.pools import pool_of


@pytest.fixture
def pool():
    return pool_of([{"score": 1}, {"score": None}, {"score": 2}, {}, {"score": 3}])


def scores_of(pool):
    return Scores("score").of(pool, number_of, by_row(pool))


@pytest.mark.parametrize(
    ("missing", "limit", "said"),
    [
        ("refuse", 1, r"2 of 5 rows have no score in the field `score`, first pool\.jsonl: row 2"),
        ("drop", 4, "the largest budget asks for 4 rows: ask for 3 or fewer"),
    ],
)
def test_what_can_not_be_done_is_said_with_numbers(missing, limit, said, pool):
    with pytest.raises(DataError, match=said):
        check_found(scores_of(pool), pool, missing, limit)


@pytest.mark.parametrize(("missing", "limit"), [("last", 5), ("drop", 3)])
def test_what_can_be_done_is_let_through(missing, limit, pool):
    check_found(scores_of(pool), pool, missing, limit)


@pytest.mark.parametrize("missing", ["last", "drop", "refuse"])
def test_a_pool_without_any_score_is_always_refused(missing):
    pool = pool_of([{"a": 1}])
    with pytest.raises(DataError, match="no row has a field `score`"):
        check_found(scores_of(pool), pool, missing, 1)


def test_a_pool_with_all_scores_is_never_refused():
    pool = pool_of([{"score": 1}, {"score": 2}])
    for missing in ("last", "drop", "refuse"):
        check_found(scores_of(pool), pool, missing, 2)
        assert without_score(pool, scores_of(pool), missing, 0) == {}


def test_they_come_last_in_an_order_of_the_seed(pool):
    orders = {tuple(without_score(pool, scores_of(pool), "last", seed)) for seed in range(8)}
    assert orders == {(pool.ids[1], pool.ids[3]), (pool.ids[3], pool.ids[1])}
    reasons = without_score(pool, scores_of(pool), "last", 0)
    assert set(reasons.values()) == {"no score in the field `score`"}


def test_they_are_dropped_or_refused(pool):
    assert without_score(pool, scores_of(pool), "drop", 0) == {}
    with pytest.raises(DataError, match="2 of 5 rows have no score"):
        without_score(pool, scores_of(pool), "refuse", 0)
    assert told(pool, scores_of(pool)) == {"missing": 2}
