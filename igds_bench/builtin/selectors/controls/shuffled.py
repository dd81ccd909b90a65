"""A placebo: another selector's scores, shuffled among examples of like source and length."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.seeding import keyed_order
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec


@dataclass(frozen=True)
class ShuffledScores:
    """Keep the strata of another ranking, place by place, and draw within each at random.

    A stratum is a source and a range of lengths (prompt and response, in tokens). The placebo
    therefore chooses as many rows of every source and length as the selector does: what it loses
    against it is due to which rows were chosen inside the strata.
    """

    of: str
    """Label of the contender whose ranking is shuffled."""
    length_bins: Annotated[int, Field(ge=1)] = 4
    """Ranges of length with equally many examples each."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return the other's ranking with the members of each stratum exchanged."""
        strata = self._strata(pool, context)
        # A filter in front of the placebo may have rejected rows that the other ranked.
        given = [id_ for id_ in context.ranking_of(self.of).ids if id_ in strata]
        ranked = set(given)
        rest = keyed_order((id_ for id_ in pool.ids if id_ not in ranked), context.seed, "rest")
        members: dict[tuple[str, int], list[str]] = defaultdict(list)
        for id_ in keyed_order(pool.ids, context.seed, "shuffle"):
            members[strata[id_]].append(id_)
        order = [members[strata[id_]].pop() for id_ in (*given, *rest)]
        return Ranking(tuple(order), notes={"of": self.of, "strata": len(members)})

    def _strata(self, pool: Pool, context: SelectionContext) -> dict[str, tuple[str, int]]:
        counts = context.token_counts(pool)
        by_length = sorted(pool.ids, key=lambda i: (counts[i].prompt + counts[i].response, i))
        bins = {id_: place * self.length_bins // len(pool) for place, id_ in enumerate(by_length)}
        return {example.id: (example.source, bins[example.id]) for example in pool}


SPEC = SelectorSpec(
    name="shuffled-scores",
    build=ShuffledScores,
    summary="Placebo: another selector's scores shuffled within source x length.",
    control=True,
    placebo=True,
    needs=frozenset({"ranking", "tokenizer"}),
    reads=("source",),
    deterministic=False,
)
