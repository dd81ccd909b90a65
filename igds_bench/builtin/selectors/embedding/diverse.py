"""Walk down another selector's ranking, and pass over what is too near to a row already taken."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from igds_bench.builtin.selectors.embedding.k_center import SeededRows, seeded_rows
from igds_bench.builtin.selectors.embedding.semantic_dedup import near_duplicates
from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.quantities import Embeddings, Quantity
from igds_bench.core.seeding import keyed_order
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec


@dataclass(frozen=True)
class Walk:
    """What a walk down an order took and passed over."""

    kept: Sequence[str]
    """Ids that were taken, in order."""
    near: Mapping[str, str]
    """The id that was taken before and is too near, by each id that was passed over, in order."""
    unusable: Sequence[str]
    """Ids that can't be compared, in order."""

    def ranking(
        self,
        scores: Mapping[str, float],
        limit: int,
        last: Mapping[str, str],
        notes: Mapping[str, Any],
        higher_is_better: bool = True,
    ) -> Ranking:
        """Return a ranking of what was taken, then passed over, then can't be ranked.

        Args:
            scores: by id, where there is one.
            limit: how many ids are wanted.
            last: further ids that can't be ranked, each with its reason.
            notes: besides those on the walk itself.
            higher_is_better: direction of the scores.
        """
        behind = {**dict.fromkeys(self.unusable, "embedding is not finite"), **last}
        ids = (*self.kept, *self.near, *behind)[:limit]
        short = {"survivors": len(self.kept)} if len(self.kept) < limit else {}
        return Ranking(
            ids,
            {id_: score for id_, score in scores.items() if math.isfinite(score)},
            higher_is_better,
            {**notes, "passed over": len(self.near), **short},
            {id_: behind[id_] for id_ in ids if id_ in behind},
        )


def walk(order: Iterable[str], seeded: SeededRows, threshold: float, limit: int) -> Walk:
    """Walk down an order, and take what isn't too near to anything taken before.

    Args:
        order: ids, best first.
        seeded: embeddings of all of them, rows of length 1.
        threshold: cosine above which two are too near.
        limit: how many are to be taken; where there are so many, it stops there.
    """
    import numpy as np

    places = {id_: place for place, id_ in enumerate(seeded.ids)}
    wanted = list(order)
    members = np.array([places[id_] for id_ in wanted if id_ in places], dtype=np.int64)
    twins = near_duplicates(seeded.rows, members, threshold, limit)
    kept: list[str] = []
    near: dict[str, str] = {}
    for member in members.tolist():
        if len(kept) == limit:
            break
        if member in twins:
            near[seeded.ids[member]] = seeded.ids[twins[member]]
        else:
            kept.append(seeded.ids[member])
    return Walk(kept, near, [id_ for id_ in wanted if id_ not in places])


@dataclass(frozen=True)
class Diverse:
    """Walk down another selector's ranking with a cosine limit to all rows taken before.

    The second step of DEITA (Liu et al., arXiv 2312.15685, section 3.3), on any ranking. Checked
    against the ``IterativeFilter`` of hkust-nlp/deita: see ``deita`` for what differs.

    Where fewer rows than the budget are far enough from each other, those that were passed over
    follow in the other's order; the notes say how many ``survivors`` there were. Rows that the
    other didn't rank are walked down last, in seeded order.
    """

    of: str
    """Label of the contender whose ranking is walked down."""
    threshold: Annotated[float, Field(gt=-1, le=1)] = 0.9
    """Cosine above which a row is too near to one that was taken."""

    def quantities(self) -> tuple[Quantity, ...]:
        """Return what is measured for it."""
        return (Embeddings(),)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they were taken, up to the limit, with the other's scores."""
        other = context.ranking_of(self.of)
        there = set(pool.ids)
        last = {id_: reason for id_, reason in other.unranked.items() if id_ in there}
        given = [id_ for id_ in other.ids if id_ in there and id_ not in last]
        rest = keyed_order(there.difference(given, last), context.seed, "rest")
        limit = min(context.limit, len(pool))
        found = walk([*given, *rest], seeded_rows(pool, context), self.threshold, limit)
        scores = {id_: score for id_, score in other.scores.items() if id_ in there}
        return found.ranking(scores, limit, last, {"of": self.of}, other.higher_is_better)


SPEC = SelectorSpec(
    name="diverse",
    build=Diverse,
    summary="Another's ranking, without rows that are too near to better ones.",
    kind="set",
    needs=frozenset({"ranking", "base"}),
    cost="1 forward",
    paper="Liu et al., arXiv 2312.15685",
    original="hkust-nlp/deita",
)
