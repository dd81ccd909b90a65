"""RDS+: the pool's nearest neighbours of every target sample, in turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from igds_bench.builtin.selectors.embedding.k_center import seeded_positions, unit_rows
from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.quantities import Embeddings, Quantity
from igds_bench.core.seeding import keyed_order
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Read = Callable[[int, int], NDArray[np.float32]]

ROWS = 16_384
"""Examples, at most, that are compared with all queries at once."""
CELLS = 1 << 23
"""Similarities, about, that are held at once."""
SHORTEST = 64
"""Candidates that a query has at least, where the pool has as many."""


@dataclass(frozen=True)
class RdsPlus:
    """Round-robin over target samples by cosine of embeddings (Ivison et al., arXiv 2503.01807).

    Checked against ``minimal_multitask/get_top_influences.py`` of
    hamishivi/automated-instruction-selection. The queries are the target's samples, prior and
    dev. The score of an example is its cosine to the query that took it.

    Differs from the original:
        - A query whose next best is taken goes on to its best that isn't; there, it loses its
          turn, which lets queries with neighbours of their own choose more.
        - Queries take turns in a seeded order, not in that of a file; equal cosines are broken by
          the seed.
        - The order of choice is kept, so that a smaller budget is a prefix of a larger one; there,
          the chosen go through an unordered set.
        - Pads have no weight in an embedding; there, they are weighted like tokens.
        - The best of every query are found block by block instead of sorting all similarities.
    """

    def quantities(self) -> tuple[Quantity, ...]:
        """Return what is measured for it."""
        return (Embeddings(), Embeddings(over="target"))

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they were taken, up to the limit.

        Raises:
            DataError: there is no target sample with a finite embedding.
        """
        queries = self._queries(context)
        embeddings = context.measured(pool, Embeddings())
        positions, ids = seeded_positions(pool, context.seed), pool.ids

        def read(start: int, stop: int) -> NDArray[np.float32]:
            return unit_rows(embeddings[positions[start:stop]])

        count = min(context.limit, len(ids))
        depth = max(SHORTEST, -(-2 * count // len(queries)))
        found = islice(round_robin(read, len(ids), queries, depth), count)
        chosen = list(context.progress(found, "round-robin", count))
        scores = {ids[positions[place]]: cosine for place, cosine in chosen}
        rest = () if len(chosen) == count else (ids[place] for place in positions)
        last = list(islice((id_ for id_ in rest if id_ not in scores), count - len(chosen)))
        return Ranking(
            (*scores, *last),
            scores,
            notes={"queries": len(queries)},
            unranked=dict.fromkeys(last, "embedding is not finite"),
        )

    def _queries(self, context: SelectionContext) -> NDArray[np.float32]:
        """Return the target's embeddings of length 1, in the order of their turns."""
        import numpy as np

        samples = context.target.samples
        if not len(samples):
            raise DataError(
                "rds-plus looks for neighbours of the target's samples, and the task has none: "
                "give it rows for the splits 'prior' or 'dev'."
            )
        rows = context.measured(samples, Embeddings(over="target"))
        places = {id_: place for place, id_ in enumerate(samples.ids)}
        order = [places[id_] for id_ in keyed_order(samples.ids, context.seed, "query")]
        queries = unit_rows(rows[order])
        finite = queries[np.isfinite(queries).all(axis=1)]
        if not len(finite):
            raise DataError(
                f"rds-plus: none of the {len(queries)} target samples has a finite embedding: "
                "check the model's precision."
            )
        return finite


def round_robin(
    read: Read, size: int, queries: NDArray[np.float32], depth: int
) -> Iterator[tuple[int, float]]:
    """Yield positions and cosines as the queries take their best that isn't taken, in turns.

    Every query has a list of its best ``depth`` candidates. When one has gone through its own,
    all lists are made anew from what isn't taken, twice as long. O(queries depth) memory.

    Args:
        read: (start, stop) -> rows of length 1, (stop - start, d); those that aren't finite are
            never taken.
        size: number of rows. Of equal cosines the earlier row is taken.
        queries: rows of length 1, (Q, d), in the order of their turns.
        depth: candidates per query to begin with.
    """
    import numpy as np

    taken = np.zeros(size, dtype=bool)
    lists = nearest(read, queries, taken, depth)
    cursors = [0] * len(queries)
    while True:
        for query in range(len(queries)):
            place = _next(lists[query].positions, taken, cursors[query])
            if place is None and len(lists[query].positions) == depth:
                depth = min(2 * depth, size)
                lists, cursors = nearest(read, queries, taken, depth), [0] * len(queries)
                place = _next(lists[query].positions, taken, 0)
            if place is None:
                return
            cursors[query] = place + 1
            position = int(lists[query].positions[place])
            taken[position] = True
            yield position, float(lists[query].cosines[place])


def _next(positions: NDArray[np.int64], taken: NDArray[np.bool_], place: int) -> int | None:
    while place < len(positions):
        if not taken[positions[place]]:
            return place
        place += 1
    return None


@dataclass
class Best:
    """The best candidates of one query, best first after a ``squeeze``."""

    depth: int
    positions: NDArray[np.int64]
    cosines: NDArray[np.float32]
    lowest: float = -2.0
    """What a later candidate's cosine must exceed."""

    def add(self, positions: NDArray[np.int64], cosines: NDArray[np.float32]) -> None:
        """Add candidates that come later than all before; squeeze when they have doubled."""
        import numpy as np

        self.positions = np.concatenate((self.positions, positions))
        self.cosines = np.concatenate((self.cosines, cosines))
        if len(self.positions) >= 2 * self.depth:
            self.squeeze()

    def squeeze(self) -> None:
        """Keep the best in order; of equal ones the earlier."""
        import numpy as np

        order = np.argsort(-self.cosines, kind="stable")[: self.depth]
        self.positions, self.cosines = self.positions[order], self.cosines[order]
        if len(order) == self.depth:
            self.lowest = float(self.cosines[-1])


def nearest(
    read: Read, queries: NDArray[np.float32], taken: NDArray[np.bool_], depth: int
) -> list[Best]:
    """Return the best ``depth`` rows of every query that aren't taken, best first."""
    import numpy as np

    lists = [Best(depth, np.empty(0, np.int64), np.empty(0, np.float32)) for _ in queries]
    lowest = np.full(len(queries), -2.0, dtype=np.float32)
    height = min(ROWS, max(256, CELLS // len(queries)))
    for start in range(0, len(taken), height):
        stop = min(start + height, len(taken))
        cosines = queries @ read(start, stop).T
        cosines[:, taken[start:stop]] = -np.inf
        better = cosines > lowest[:, None]
        for query in np.flatnonzero(better.any(axis=1)):
            fresh = np.flatnonzero(better[query])
            lists[query].add(start + fresh, cosines[query, fresh])
            lowest[query] = lists[query].lowest
    for best in lists:
        best.squeeze()
    return lists


SPEC = SelectorSpec(
    name="rds-plus",
    build=RdsPlus,
    summary="Nearest neighbours of the target samples, in turns.",
    kind="set",
    needs=frozenset({"target", "base"}),
    cost="1 forward",
    paper="Ivison et al., arXiv 2503.01807",
    original="hamishivi/automated-instruction-selection",
)
