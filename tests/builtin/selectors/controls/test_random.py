from collections import Counter
from types import SimpleNamespace

from igds_bench.builtin.selectors.controls.random import Random
from tests.builders.pools import make_pool

POOL = make_pool([("p", f"r{i}") for i in range(100)], ["a"] * 80 + ["b"] * 20)


def test_balanced_random_takes_turns_between_sources_for_as_long_as_they_last():
    ids = Random(balance="source").rank(POOL, SimpleNamespace(seed=0)).ids
    sources = [POOL.by_id(i).source for i in ids]
    assert Counter(sources[:40]) == {"a": 20, "b": 20}
    assert set(sources[40:]) == {"a"}
    assert len(set(ids)) == 100
