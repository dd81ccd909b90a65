from collections import Counter

import pytest

from igds_bench.builtin.selectors.controls.matched import Matched
from igds_bench.core.protocols import Match, TokenCount
from tests.builders.pools import make_pool

POOL = make_pool([("p", f"r{i}") for i in range(100)], ["a"] * 80 + ["b"] * 20)
COUNTS = {id_: TokenCount(2, 1 + n % 10) for n, id_ in enumerate(POOL.ids)}


def drawn(by, chosen, seed=0, extra=0.0):
    return Matched("other", by).match(POOL, chosen, Match(COUNTS, seed, extra))


def tokens(ids):
    return sum(COUNTS[i].prompt + COUNTS[i].response for i in ids)


def longest(n):
    return sorted(POOL.ids, key=lambda i: -COUNTS[i].response)[:n]


def test_tokens_come_as_near_below_as_a_prefix_can():
    chosen = longest(20)
    found = drawn("tokens", chosen)
    assert tokens(chosen) - 12 < tokens(found) <= tokens(chosen)
    assert len(found) > len(chosen)


def test_lengths_are_matched_range_by_range():
    chosen = longest(20)
    found = drawn("length", chosen)
    assert Counter(COUNTS[i].response for i in found) == Counter(COUNTS[i].response for i in chosen)
    assert set(found) != set(chosen) or len(chosen) == 20


def test_compute_adds_what_the_selection_would_have_trained():
    chosen = longest(20)
    assert len(drawn("compute", chosen)) == 20
    more = drawn("compute", chosen, extra=100.0)
    assert more[:20] == drawn("compute", chosen)
    assert 100 - 12 < tokens(more[20:]) <= 100


@pytest.mark.parametrize("by", ["tokens", "length", "compute"])
def test_draws_differ_by_seed_and_not_by_the_order_of_the_pool(by):
    chosen = POOL.ids[:30]
    assert drawn(by, chosen) != drawn(by, chosen, seed=1)
    back = make_pool([(e.prompt, e.response) for e in reversed(POOL)])
    again = Matched("other", by).match(back, chosen, Match(COUNTS, 0, 0.0))
    assert set(again) == set(drawn(by, chosen))
