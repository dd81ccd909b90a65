"""SemDeDup: leave out examples whose embedding nearly repeats another's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from igds_bench.builtin.selectors.embedding.k_center import seeded_rows
from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.quantities import Embeddings, Quantity
from igds_bench.core.specs import SelectorSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = 1024
"""Members of a cluster that are compared with kept ones together."""
KEPT = 16_384
"""Kept members that are compared with together."""
ITERATIONS = 10


@dataclass(frozen=True)
class SemanticDedup:
    """Reject near-duplicates within clusters of embeddings (Abbas et al., arXiv 2303.09540).

    A filter: what it leaves is for another selector to rank. Checked against
    facebookresearch/SemDeDup (``semdedup.py``, ``clustering/sort_clusters.py``). As there, the
    members of a cluster are gone through from the farthest of its centre to the nearest, so that
    of a pair the one less like the rest stays.

    Differs from the original:
        - A member is rejected for being near one that is kept; there, near any before it, so that
          of a chain a ~ b ~ c, with a and c far apart, only a stays. Here c stays too, and
          whatever is rejected has a near-duplicate that is kept.
        - There are about sqrt(N) clusters unless ``clusters`` says otherwise; there, 50,000 for
          440 million images.
        - k-means starts from rows drawn by the seed and does 10 iterations; there, faiss.
        - Large clusters are compared block by block, never as one matrix.
    """

    threshold: Annotated[float, Field(gt=0, le=1)] = 0.95
    """Cosine above which two examples are near-duplicates (1 - epsilon of the paper)."""
    clusters: Annotated[int, Field(ge=1)] | None = None
    """Number of clusters; only examples in one cluster are compared. None takes sqrt(N)."""

    def quantities(self) -> tuple[Quantity, ...]:
        """Return what is measured for it."""
        return (Embeddings(),)

    def reject(self, pool: Pool, context: SelectionContext) -> dict[str, str]:
        """Return the ids to leave out, each with the id it nearly repeats.

        Examples whose embedding isn't finite are kept, as nothing is known of them.
        """
        import numpy as np

        seeded = seeded_rows(pool, context)
        rows, ids = seeded.rows, seeded.ids
        if not len(rows):
            return {}
        count = min(self.clusters or max(1, math.isqrt(len(rows))), len(rows))
        steps = context.progress(range(ITERATIONS), "clusters", ITERATIONS)
        labels, closeness = spherical_k_means(rows, count, steps)
        # Rounded, so that equal rows are equally far whatever block they were computed in.
        order = np.lexsort((closeness.round(5), labels))
        members = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
        rejected: dict[str, str] = {}
        for cluster in context.progress(members, "near-duplicates", len(members)):
            twins = near_duplicates(rows, cluster, self.threshold)
            rejected |= {
                ids[position]: f"near-duplicate of {ids[twin]}" for position, twin in twins.items()
            }
        return rejected


def spherical_k_means(
    rows: NDArray[np.float32], count: int, steps: Iterable[int]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Cluster rows of length 1 by cosine.

    Args:
        rows: (N, d); the first different ones are the first centres.
        count: number of clusters; some may end up empty.
        steps: one item per iteration.

    Returns:
        The cluster of each row and the row's cosine to its centre, (N,) each.
    """
    import numpy as np

    # Equal centres would share equal rows out by rounding alone.
    centres = np.array(list({row.tobytes(): row for row in rows[:count]}.values()))
    for _ in steps:
        labels, _ = _assign(rows, centres)
        order = np.argsort(labels, kind="stable")
        firsts = np.flatnonzero(np.diff(labels[order], prepend=-1))
        for label, part in zip(labels[order[firsts]], np.split(order, firsts[1:]), strict=True):
            centre = rows[part].sum(axis=0, dtype=np.float64)
            length = np.linalg.norm(centre)
            if length:
                centres[label] = centre / length
    return _assign(rows, centres)


def _assign(
    rows: NDArray[np.float32], centres: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    import numpy as np

    labels = np.empty(len(rows), dtype=np.int64)
    closeness = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), KEPT):
        cosines = rows[start : start + KEPT] @ centres.T
        best = cosines.argmax(axis=1)
        labels[start : start + KEPT] = best
        closeness[start : start + KEPT] = cosines[np.arange(len(best)), best]
    return labels, closeness


def near_duplicates(
    rows: NDArray[np.float32],
    members: NDArray[np.int64],
    threshold: float,
    limit: int | None = None,
) -> dict[int, int]:
    """Return which members are too near to an earlier one that is kept, and to which.

    Args:
        rows: rows of length 1, (N, d).
        members: positions in ``rows``; the earlier of a pair is kept.
        threshold: cosine above which a pair is too near.
        limit: kept members after which the others need not be looked at; None looks at all.
    """
    import numpy as np

    kept = np.empty(0, dtype=np.int64)
    twins: dict[int, int] = {}
    for start in range(0, len(members), ROWS):
        if limit is not None and len(kept) >= limit:
            break
        block = members[start : start + ROWS]
        for first in range(0, len(kept), KEPT):
            earlier = kept[first : first + KEPT]
            near = rows[block] @ rows[earlier].T > threshold
            found = near.any(axis=1)
            twins |= _pairs(block[found], earlier[near[found].argmax(axis=1)])
            block = block[~found]
        near = rows[block] @ rows[block].T > threshold
        stays = np.ones(len(block), dtype=bool)
        for place in range(len(block)):
            if stays[place]:
                later = place + 1 + np.flatnonzero(near[place, place + 1 :] & stays[place + 1 :])
                stays[later] = False
                twins |= _pairs(block[later], np.repeat(block[place], len(later)))
        kept = np.concatenate((kept, block[stays]))
    return twins


def _pairs(rejected: NDArray[np.int64], kept: NDArray[np.int64]) -> dict[int, int]:
    return dict(zip(rejected.tolist(), kept.tolist(), strict=True))


SPEC = SelectorSpec(
    name="semantic-dedup",
    build=SemanticDedup,
    summary="Filter: leaves out near-duplicates within clusters of embeddings.",
    kind="filter",
    needs=frozenset({"base"}),
    cost="1 forward",
    paper="Abbas et al., arXiv 2303.09540",
    original="facebookresearch/SemDeDup",
)
