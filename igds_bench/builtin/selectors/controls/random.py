"""Random selection: the baseline that every other method is read against."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.seeding import keyed_order
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec


@dataclass(frozen=True)
class Random:
    """Draw uniformly without replacement, by a hash of (seed, example id)."""

    balance: Literal["none", "source"] = "none"
    """``source`` draws equally many rows of every source for as long as it has any."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return all ids in seeded random order, or in turns of one from every source."""
        order = keyed_order(pool.ids, context.seed, "random")
        if self.balance == "none":
            return Ranking(tuple(order))
        turns: dict[str, int] = defaultdict(int)
        place = {}
        sources = {example.id: example.source for example in pool}
        for id_ in order:
            source = sources[id_]
            place[id_] = turns[source]
            turns[source] += 1
        rank = {source: n for n, source in enumerate(keyed_order(turns, context.seed, "source"))}
        return Ranking(tuple(sorted(order, key=lambda i: (place[i], rank[sources[i]]))))


SPEC = SelectorSpec(
    name="random",
    build=Random,
    summary="Uniform draw without replacement, or in equal parts of every source.",
    baseline=True,
    reads=("source",),
    deterministic=False,
)
