import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igds_bench.core.selection import Budget, Ranking, Selection, check_ranking, cut
from igds_bench.errors import DataError
from tests.builders.pools import make_pool

IDS = [f"id{n}" for n in range(10)]


@pytest.mark.parametrize(
    ("text", "label", "count"),
    [
        ("50%", "50%", 5),
        ("25%", "25%", 2),
        ("1%", "1%", 1),
        (3, "3", 3),
        ("7", "7", 7),
        ("100%", "100%", 10),
    ],
)
def test_budget_is_exact(text, label, count):
    budget = Budget.parse(text)
    assert (budget.label, budget.count(10)) == (label, count)


@pytest.mark.parametrize("text", ["0", "0%", "101%", "half", "-5", "2.5", "1.5tok", "", "5 %%"])
def test_budget_refuses_what_selects_nothing_or_is_not_understood(text):
    with pytest.raises(DataError, match="budget"):
        Budget.parse(text)


def test_budget_larger_than_the_pool_is_refused():
    with pytest.raises(DataError, match="larger than the pool of 10"):
        Budget.parse(11).count(10)


@given(st.integers(1, 5000), st.integers(1, 100))
def test_a_share_is_floored_and_at_least_one(size, percent):
    assert Budget.parse(f"{percent}%").count(size) == max(1, size * percent // 100)


def test_token_budget_takes_the_longest_prefix_that_fits():
    ranking = Ranking(tuple(IDS))
    lengths = dict(zip(IDS, [5, 5, 9, 1, 1, 1, 1, 1, 1, 1], strict=True))
    chosen = cut(ranking, Budget.parse("18tok"), 10, lambda ids: [lengths[i] for i in ids])
    assert (chosen.ids, chosen.tokens) == (("id0", "id1"), 10)


def test_token_budget_below_the_first_example_is_refused():
    with pytest.raises(DataError, match="less than the first"):
        cut(Ranking(tuple(IDS)), Budget.parse("3tok"), 10, lambda ids: [4 for _ in ids])


def test_cut_is_a_prefix_in_order():
    ranking = Ranking(tuple(reversed(IDS)))
    assert cut(ranking, Budget.parse("30%"), 10).ids == ("id9", "id8", "id7")


@given(st.permutations(IDS), st.integers(0, 3))
def test_ranking_by_score_does_not_depend_on_the_order_of_the_pool(order, seed):
    scores = {i: float(len(i) + int(i[2]) // 4) for i in IDS}
    assert Ranking.by_score({i: scores[i] for i in order}, seed) == Ranking.by_score(scores, seed)


def test_ties_fall_differently_for_different_seeds():
    scores = dict.fromkeys(IDS, 1.0)
    orders = {Ranking.by_score(scores, seed).ids for seed in range(5)}
    assert len(orders) == 5


def test_lower_is_better_reverses_the_order():
    scores = {i: float(i[2]) for i in IDS}
    assert Ranking.by_score(scores, 0, higher_is_better=False).ids[0] == "id0"


def test_scores_that_are_no_numbers_come_last_and_are_reported():
    scores = {"a": math.nan, "b": -5.0, "c": math.inf}
    ranking = Ranking.by_score(scores, 0)
    assert ranking.ids[0] == "b"
    assert set(ranking.unranked) == {"a", "c"}


def test_equal_sets_have_equal_fingerprints_whatever_their_order():
    budget = Budget.parse(2)
    assert Selection(("a", "b"), budget).fingerprint == Selection(("b", "a"), budget).fingerprint
    assert Selection(("a", "b"), budget).fingerprint != Selection(("a", "c"), budget).fingerprint


@pytest.mark.parametrize(
    ("ids", "message"),
    [(("x",), "not in the pool"), ((0, 0), "more than once"), ((0,), "the largest budget")],
)
def test_check_ranking_refuses_a_wrong_answer(ids, message):
    pool = make_pool([("p", "a"), ("p", "b")])
    ranking = Ranking(tuple(pool.ids[i] if isinstance(i, int) else i for i in ids))
    with pytest.raises(DataError, match=message):
        check_ranking(ranking, pool, 2, "wrong")
