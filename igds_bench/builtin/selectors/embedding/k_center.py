"""k-center greedy: the example farthest from all that were chosen, again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.quantities import Embeddings, Quantity
from igds_bench.core.seeding import keyed_order
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = 16_384
"""Rows that are read or compared together."""
PENDING = 128
"""Centres, at most, whose distances to all points are computed together."""


@dataclass(frozen=True)
class KCenter:
    """Greedy 2-approximation of the k-center problem (Sener & Savarese, ICLR 2018, section 4).

    Checked against ``kcenter_greedy.py`` of google/active-learning, which its authors' experiments
    are usually repeated with. The score of an example is the Euclidean distance at which it was
    added, on rows of length 1 where the metric is cosine.

    Differs from the original:
        - The first centre is the point nearest to the mean, as a pool has no labelled examples to
          begin with; the repository draws it at random.
        - Rows are scaled to length 1 unless ``metric`` is ``euclidean``: what language models
          leave in the last layer differs in length for reasons that don't concern the content.
        - Distances to new centres are computed for many centres at once, and in between only for
          points that can be next; the order is that of the plain loop.
    """

    metric: Literal["cosine", "euclidean"] = "cosine"
    """``cosine`` compares rows of length 1, ``euclidean`` the rows as they are."""

    def quantities(self) -> tuple[Quantity, ...]:
        """Return what is measured for it."""
        return (Embeddings(),)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they were added, up to the limit."""
        seeded = seeded_rows(pool, context, unit=self.metric == "cosine")
        # Distances to the mean are as far apart as the points, but of smaller numbers.
        points = seeded.rows - seeded.rows.mean(axis=0, dtype="float64").astype("float32")
        count = min(context.limit, len(points))
        chosen = list(context.progress(islice(k_center(points), count), "k-center", count))
        return seeded.ranking(chosen, context.limit)


def k_center(points: NDArray[np.float32]) -> Iterator[tuple[int, float]]:
    """Yield every position and the distance at which it is added, in the greedy order.

    A point's distance to the nearest centre never grows. So after the distances to all centres
    are known, the farthest few points are followed alone for as long as one of them is farther
    than all others were; then all points catch up in one matrix product. Squared distances are
    rounded to about 1e-6 of the rows' squared lengths, so nearer ties than that fall by rounding.

    Args:
        points: centred rows, (N, d). The first centre is the shortest one. Of equally far points
            the earlier is added.

    Yields:
        Position and distance. The distances never grow; the first centre has none, and is given
        the next one's.
    """
    import numpy as np

    if not len(points):
        return
    squares = np.einsum("nd,nd->n", points, points)
    nearest = np.full(len(points), np.inf, dtype=np.float32)
    first = int(np.argmin(squares))
    _catch_up(points, squares, nearest, [first])
    yield first, float(np.sqrt(max(nearest.max(), 0.0)))
    left = len(points) - 1
    while left:
        block = _certain(points, squares, nearest)
        yield from block
        left -= len(block)
        _catch_up(points, squares, nearest, [position for position, _ in block])


def _catch_up(
    points: NDArray[np.float32],
    squares: NDArray[np.float32],
    nearest: NDArray[np.float32],
    centres: Sequence[int],
) -> None:
    """Lower all squared distances by those to new centres; a centre's own becomes -inf."""
    import numpy as np

    turned = (-2 * points[centres]).T
    for start in range(0, len(points), ROWS):
        part = slice(start, start + ROWS)
        found = points[part] @ turned
        found += squares[centres]
        np.minimum(nearest[part], found.min(axis=1) + squares[part], out=nearest[part])
    nearest[centres] = -np.inf


def _certain(
    points: NDArray[np.float32], squares: NDArray[np.float32], nearest: NDArray[np.float32]
) -> list[tuple[int, float]]:
    """Return the next centres, at least one, that follow from the farthest points alone."""
    import numpy as np

    size = min(len(points), max(1024, len(points) // 32))
    parts = np.argpartition(nearest, len(points) - size)
    others, own = parts[: len(points) - size], np.sort(parts[len(points) - size :])
    bound = nearest[others].max() if len(others) else -np.inf
    near, rows = nearest[own], points[own]
    if near.max() <= bound:
        best = int(np.argmax(nearest))
        return [(best, float(np.sqrt(max(nearest[best], 0.0))))]
    found: list[tuple[int, float]] = []
    while len(found) < PENDING:
        best = int(np.argmax(near))
        if near[best] <= bound:
            break
        found.append((int(own[best]), float(np.sqrt(max(near[best], 0.0)))))
        np.minimum(near, squares[own] + squares[own[best]] - 2 * (rows @ rows[best]), out=near)
        near[best] = -np.inf
    nearest[own] = near
    return found


@dataclass(frozen=True)
class SeededRows:
    """Embeddings in the seeded order of their ids, so that nothing depends on the pool's order."""

    ids: Sequence[str]
    """Ids of the rows."""
    rows: NDArray[np.float32]
    """(N, d), all finite."""
    unusable: Mapping[str, str]
    """Ids left out, each with its reason."""

    def ranking(
        self,
        chosen: Sequence[tuple[int, float]],
        limit: int,
        notes: Mapping[str, Any] | None = None,
    ) -> Ranking:
        """Return the ranking of chosen positions and scores; what is unusable comes last."""
        ids = [self.ids[position] for position, _ in chosen]
        scores = {self.ids[position]: score for position, score in chosen}
        last = list(self.unusable)[: max(0, limit - len(ids))]
        return Ranking(
            (*ids, *last),
            scores,
            notes=dict(notes or {}),
            unranked={id_: self.unusable[id_] for id_ in last},
        )


def seeded_positions(pool: Pool, seed: int) -> NDArray[np.int64]:
    """Return the positions of a pool in the order in which its ties are broken."""
    import numpy as np

    places = {id_: place for place, id_ in enumerate(pool.ids)}
    order = keyed_order(pool.ids, seed, "tie")
    return np.fromiter((places[id_] for id_ in order), dtype=np.int64, count=len(order))


def unit_rows(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Return rows scaled to length 1; a row of zeros stays one."""
    import numpy as np

    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        scaled: NDArray[np.float32] = (rows / np.where(lengths == 0, 1.0, lengths)).astype(
            np.float32
        )
    return scaled


def seeded_rows(pool: Pool, context: SelectionContext, unit: bool = True) -> SeededRows:
    """Return the pool's embeddings in seeded order, without rows that aren't finite."""
    import numpy as np

    embeddings = context.measured(pool, Embeddings())
    positions, ids = seeded_positions(pool, context.seed), pool.ids
    rows = np.empty((len(positions), embeddings.shape[1]), dtype=np.float32)
    for start in range(0, len(positions), ROWS):
        block = embeddings[positions[start : start + ROWS]]
        rows[start : start + ROWS] = unit_rows(block) if unit else block
    finite = np.isfinite(rows).all(axis=1)
    ordered = [ids[position] for position in positions]
    bad = {ordered[place]: "embedding is not finite" for place in np.flatnonzero(~finite)}
    if bad:
        rows = rows[finite]
        ordered = [id_ for id_ in ordered if id_ not in bad]
    return SeededRows(ordered, rows, bad)


SPEC = SelectorSpec(
    name="k-center",
    build=KCenter,
    summary="The example farthest from all chosen ones, again and again.",
    kind="set",
    needs=frozenset({"base"}),
    cost="1 forward",
    paper="Sener & Savarese, ICLR 2018, arXiv 1708.00489",
    original="google/active-learning",
)
