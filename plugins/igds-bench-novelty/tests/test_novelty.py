from types import SimpleNamespace

import pytest

from igds_bench.core.data import Example, Pool, example_id
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries, resolve_params
from igds_bench_novelty import Novelty

TEXTS = ["a b c", "a b c d", "x y", "c d", "x y z q", "b c x"]


def pool(texts=TEXTS):
    return Pool(Example(example_id("p", text), "p", text) for text in texts)


def context(limit=6, seed=0):
    return SimpleNamespace(limit=limit, seed=seed)


def naive(examples, n, limit):
    """Look at every example in every round."""
    selector, seen, order = Novelty(n), set(), []
    left = {e.id: selector._grams(f"{e.prompt} {e.response}") for e in examples}
    while left and len(order) < limit:
        best = max(len(grams - seen) for grams in left.values())
        order.append(best)
        chosen = next(i for i, grams in left.items() if len(grams - seen) == best)
        seen |= left.pop(chosen)
    return order


def test_gains_equal_those_of_naive_greedy_where_no_tie_decides():
    examples = pool(["a b c d e", "a b c", "x y z", "q"])
    ranking = Novelty(1).rank(examples, context(4))
    assert [ranking.scores[i] for i in ranking.ids] == naive(examples, 1, 4)


def test_a_larger_limit_continues_the_ranking():
    examples = pool()
    whole = Novelty().rank(examples, context()).ids
    assert Novelty().rank(examples, context(3)).ids == whole[:3]


def test_the_order_of_the_pool_does_not_matter():
    forth, back = pool(), pool(TEXTS[::-1])
    assert Novelty().rank(forth, context()).ids == Novelty().rank(back, context()).ids


def test_is_found_by_its_entry_point():
    registries = build_registries(create_plugin_manager())
    spec = registries.selectors.get("novelty").spec
    assert resolve_params(spec, {"n": "3"}) == Novelty(3)
    with pytest.raises(Exception, match="greater than or equal to 1"):
        resolve_params(spec, {"n": 0})
