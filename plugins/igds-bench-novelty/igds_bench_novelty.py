"""Select examples whose word n-grams are new, and log every finished cell: a teaching plugin."""

from __future__ import annotations

import heapq
import logging
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from igds_bench.core.data import Pool
from igds_bench.core.grid import Cell
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.record import RunRecord
from igds_bench.core.seeding import keyed_uniform
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.plugin import hookimpl

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Novelty:
    """Greedily add the example with the most n-grams that no chosen example has."""

    n: Annotated[int, Field(ge=1)] = 2
    """Length of the word n-grams of prompt and response."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they are added, up to the largest budget.

        The gain of an example only falls as others are chosen, so a heap of old gains finds the
        best one without looking at all of them again (lazy greedy).
        """
        grams = {e.id: self._grams(f"{e.prompt} {e.response}") for e in pool}
        heap = [(-len(g), keyed_uniform(context.seed, "novelty", i), i) for i, g in grams.items()]
        heapq.heapify(heap)
        seen: set[tuple[str, ...]] = set()
        chosen: dict[str, float] = {}
        while heap and len(chosen) < context.limit:
            old, tie, id_ = heapq.heappop(heap)
            gain = len(grams[id_] - seen)
            if gain == -old:
                chosen[id_] = float(gain)
                seen |= grams[id_]
            else:
                heapq.heappush(heap, (-gain, tie, id_))
        return Ranking(tuple(chosen), chosen, notes={"ngrams_covered": len(seen)})

    def _grams(self, text: str) -> set[tuple[str, ...]]:
        words = text.lower().split()
        return {tuple(words[i : i + self.n]) for i in range(len(words) - self.n + 1)}


@hookimpl
def igds_register_selectors() -> list[SelectorSpec]:
    """Return the selector; it needs nothing but the pool, so its ranking is keyed by that alone."""
    return [SelectorSpec(name="novelty", build=Novelty, summary="Most new word n-grams first.")]


@hookimpl
def igds_cell_finished(cell: Cell, record: RunRecord) -> None:
    """Log a cell's main score once its record is written."""
    score = record.scores.get(record.primary_metric)
    log.info("%s: %s", cell.id, record.reason if score is None else f"{score.value:.2f}")
