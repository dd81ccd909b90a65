"""Random selection: the baseline that every other method is read against."""

from __future__ import annotations

from dataclasses import dataclass

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.seeding import keyed_order
from igds_bench.core.selection import Ranking


@dataclass(frozen=True)
class Random:
    """Draw uniformly without replacement, by a hash of (seed, example id)."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return all ids in seeded random order."""
        return Ranking(tuple(keyed_order(pool.ids, context.seed, "random")))
