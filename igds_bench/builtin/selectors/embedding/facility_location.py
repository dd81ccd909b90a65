"""Facility location: the examples that are, together, most similar to every example."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from igds_bench.builtin.selectors.embedding.k_center import seeded_rows
from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.quantities import Embeddings, Quantity
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CELLS = 1 << 26
"""Similarities that are held at once."""


@dataclass(frozen=True)
class FacilityLocation:
    """Maximise ``sum_i max_{j in S} sim(i, j)`` greedily (Nemhauser et al., 1978: 1 - 1/e).

    Lazy greedy (Minoux, 1978) over a graph of nearest neighbours (Wei et al., 2014, "Fast
    multi-stage submodular maximization"). Checked against the functions of the same name in
    jmschrei/apricot and decile-team/submodlib. The score of an example is its gain when it was
    added.

    Differs from the originals:
        - Similarities are cosines, those below 0 counted as 0: the guarantee needs them so.
        - The graph is made symmetric by taking the larger of two similarities, as whether j is
          among i's nearest and i among j's is an accident of their surroundings.
        - An example is always its own neighbour with similarity 1.
        - Where nothing gains any more, the rest follows in seeded order rather than not at all.
    """

    neighbours: Annotated[int, Field(ge=1)] = 32
    """Nearest others that an example may be represented by; more costs memory, and all of them
    gives the exact objective."""

    def quantities(self) -> tuple[Quantity, ...]:
        """Return what is measured for it."""
        return (Embeddings(),)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they were added, up to the limit."""
        seeded = seeded_rows(pool, context)
        starts = range(0, len(seeded.rows), _height(len(seeded.rows)))
        graph = similarity_graph(
            seeded.rows,
            self.neighbours,
            context.progress(starts, "neighbours", len(starts)),
        )
        count = min(context.limit, len(seeded.rows))
        found = islice(facility_location(graph), count)
        chosen = list(context.progress(found, "facility location", count))
        value = sum(gain for _, gain in chosen) / max(1, len(seeded.rows))
        return seeded.ranking(chosen, context.limit, {"mean similarity to the chosen": value})


def _height(size: int) -> int:
    return max(1, CELLS // max(1, size))


def similarity_graph(
    rows: NDArray[np.float32], neighbours: int, starts: Iterable[int] | None = None
) -> Any:
    """Return the symmetric graph of nearest neighbours.

    O(N^2 d) time, on a GPU where torch has one; O(N neighbours) memory, besides one block.

    Args:
        rows: rows of length 1, (N, d).
        neighbours: other rows that each is joined to.
        starts: where blocks of rows start; given to show progress.

    Returns:
        A CSR matrix of float32, (N, N), of positive cosines, with ones on the diagonal.
    """
    import numpy as np
    import torch
    from scipy import sparse

    size, height = len(rows), _height(len(rows))
    width = max(0, min(neighbours, size - 1))
    columns = np.empty((size, width), dtype=np.int32)
    cosines = np.empty((size, width), dtype=np.float32)
    points = torch.from_numpy(rows).to("cuda" if torch.cuda.is_available() else "cpu")
    for start in range(0, size, height) if starts is None else starts:
        block = points[start : start + height] @ points.T
        own = torch.arange(len(block), device=block.device)
        block[own, start + own] = -1.0
        best = block.topk(width, dim=1)
        columns[start : start + height] = best.indices.cpu().numpy()
        cosines[start : start + height] = best.values.cpu().numpy()
    places = np.arange(size + 1) * width
    graph = sparse.csr_matrix((cosines.clip(0, 1).ravel(), columns.ravel(), places), (size, size))
    graph.eliminate_zeros()
    return graph.maximum(graph.T) + sparse.eye(size, dtype=np.float32, format="csr")


def facility_location(graph: Any) -> Iterator[tuple[int, float]]:
    """Yield every position and its gain, in the greedy order.

    A gain can only fall as others are added, so an old gain bounds the present one: whoever
    leads after its gain was renewed is the next. Of equal gains the earlier position comes first.

    Args:
        graph: symmetric CSR matrix of similarities that aren't negative, (N, N).
    """
    import numpy as np

    starts, columns, values = graph.indptr, graph.indices, graph.data
    covered = np.zeros(graph.shape[0], dtype=np.float32)

    def gain(position: int) -> float:
        part = slice(starts[position], starts[position + 1])
        more = np.maximum(values[part] - covered[columns[part]], 0)
        return float(more.sum(dtype=np.float64))

    heap = [(-gain(position), position) for position in range(len(covered))]
    heapq.heapify(heap)
    while heap:
        _, position = heap[0]
        renewed = (-gain(position), position)
        heapq.heapreplace(heap, renewed)
        if heap[0] != renewed:
            continue
        heapq.heappop(heap)
        yield position, -renewed[0]
        part = slice(starts[position], starts[position + 1])
        covered[columns[part]] = np.maximum(covered[columns[part]], values[part])


SPEC = SelectorSpec(
    name="facility-location",
    build=FacilityLocation,
    summary="Examples that together are most similar to every example.",
    kind="set",
    needs=frozenset({"base"}),
    cost="1 forward",
    paper="Wei et al., ICML 2015; Minoux, 1978",
    original="jmschrei/apricot, decile-team/submodlib",
)
