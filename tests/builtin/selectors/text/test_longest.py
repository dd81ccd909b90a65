from types import SimpleNamespace

from igds_bench.builtin.selectors.text.longest import Longest
from igds_bench.core.protocols import TokenCount
from tests.builders.pools import make_pool


def ranked(lengths, seed=0):
    """Return the places of rows with responses of some lengths, best first."""
    pool = make_pool([(f"prompt {n}", "response") for n in range(len(lengths))])
    counts = {id_: TokenCount(9, n) for id_, n in zip(pool.ids, lengths, strict=True)}
    context = SimpleNamespace(seed=seed, token_counts=lambda pool: counts)
    return [pool.by_id(id_).row for id_ in Longest().rank(pool, context).ids]


def test_the_longest_responses_come_first():
    assert ranked([3, 7, 5]) == [1, 2, 0]


def test_responses_of_one_length_are_in_an_order_that_the_seed_draws():
    orders = {tuple(ranked([4] * 6, seed)) for seed in range(5)}
    assert len(orders) > 1
    assert ranked([4] * 6) == ranked([4] * 6)
