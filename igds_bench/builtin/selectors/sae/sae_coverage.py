"""Coverage of SAE features: SAE-GreedSelect and SAE-SimScale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from igds_bench.builtin.selectors.embedding.k_center import seeded_positions
from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.quantities import ActiveFeatures, Quantity, Ragged
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Choice = tuple[int, int, int]
    """Position, score, and the round it was chosen in."""

CHUNK = 4096
"""Examples whose overlap is counted together."""


@dataclass(frozen=True)
class SaeGreedy:
    """Add the example with most features that none before it has (SAE-GreedSelect).

    Yang et al., "Diversity-driven data selection for language model tuning through sparse
    autoencoder", arXiv 2502.14050. No released code was found; this follows public summaries of
    it. F(x) holds the SAE features above ``threshold`` at any token of prompt and response. When
    no example has a new feature, all count as new again. The score of an example is the number of
    new features when it was added. |F(x)| goes with length (r = .92 in the paper), so hold the
    result against one of equal length.

    Differs from the original:
        - Features are those of the cell's SAE suite and layer; there, of a TopK SAE trained on the
          last layer of Llama 3.1 8B Instruct.
        - ``threshold`` is the paper's 10, for a TopK SAE; other SAEs may have other scales. Where
          no example has a feature above it, that is said instead of ranking by chance.
        - Ties are broken by the seed, and examples without any feature come last.
    """

    layer: int | None = None
    """Block after which the stream is read; None takes the suite's middle layer."""
    threshold: Annotated[float, Field(ge=0)] = 10.0
    """Activation that a feature must exceed at some token."""

    def quantities(self) -> tuple[Quantity, ...]:
        """Return what is measured for it."""
        return (ActiveFeatures(layer=self.layer, threshold=self.threshold),)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they were added, up to the limit."""
        rows = _rows(pool, context, self.quantities()[0])
        return _ranking(pool, context, rows, greedy(rows))


@dataclass(frozen=True)
class SaeSimScale:
    """Take the examples with most features that overlap little with those before (SAE-SimScale).

    Yang et al., arXiv 2502.14050; see ``SaeGreedy``. Examples are gone through by |F(x)|, most
    first; one is accepted if less than ``ratio`` of its features are among those of the accepted.
    After the last, the rest is gone through again with nothing counted as accepted. The score of
    an example is |F(x)|.

    Differs from the original: as ``SaeGreedy``.
    """

    layer: int | None = None
    """Block after which the stream is read; None takes the suite's middle layer."""
    threshold: Annotated[float, Field(ge=0)] = 10.0
    """Activation that a feature must exceed at some token."""
    ratio: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Share of an example's features below which the overlap must stay."""

    def quantities(self) -> tuple[Quantity, ...]:
        """Return what is measured for it."""
        return (ActiveFeatures(layer=self.layer, threshold=self.threshold),)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they were accepted, up to the limit."""
        rows = _rows(pool, context, self.quantities()[0])
        return _ranking(pool, context, rows, sim_scale(rows, self.ratio))


class FeatureSets:
    """Feature indices of examples, in a given order.

    Args:
        features: distinct indices per example.
        order: positions of ``features``; all, as they are, where None.
    """

    def __init__(self, features: Ragged, order: NDArray[np.int64] | None = None) -> None:
        import numpy as np

        order = np.arange(len(features)) if order is None else order
        self.features, self.order = features, order
        self.lengths = features.lengths[order]
        self.starts = features.starts[order]
        self.values = np.asarray(features.values)
        self.size = int(self.values.max()) + 1 if len(self.values) else 0
        """One more than the largest index."""

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, place: int) -> NDArray[np.int32]:
        start = self.starts[place]
        found: NDArray[np.int32] = self.values[start : start + self.lengths[place]]
        return found

    def distinct(self, places: Iterable[int]) -> int:
        """Return how many different features some examples have."""
        import numpy as np

        seen = np.zeros(self.size, dtype=bool)
        for place in places:
            seen[self[place]] = True
        return int(seen.sum())

    def holders(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return, by feature, who has it: starts, and the examples of one feature after another."""
        import numpy as np
        from scipy import sparse

        ends = np.concatenate(([0], np.cumsum(self.features.lengths)))
        marks = np.ones(len(self.values), dtype=np.int8)
        shape = (len(self), self.size)
        by_feature = sparse.csr_matrix((marks, self.values, ends), shape).tocsc()
        places = np.empty(len(self), dtype=np.int32)
        places[self.order] = np.arange(len(self), dtype=np.int32)
        return by_feature.indptr, places[by_feature.indices]

    def overlaps(self, places: NDArray[np.int64], used: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return how many features of each example are among those used."""
        import numpy as np

        lengths = self.lengths[places]
        ends = np.cumsum(lengths)
        flat = np.repeat(self.starts[places] - ends + lengths, lengths) + np.arange(lengths.sum())
        counts = np.concatenate(([0], np.cumsum(used[self.values[flat]])))
        found: NDArray[np.int64] = counts[ends] - counts[ends - lengths]
        return found


def _rows(pool: Pool, context: SelectionContext, quantity: Quantity) -> FeatureSets:
    measured = context.measured(pool, quantity)
    if not measured.lengths.any():
        raise DataError(
            "no example has an SAE feature above the threshold: lower `threshold` (activations of "
            "different SAEs have different scales)."
        )
    return FeatureSets(measured, seeded_positions(pool, context.seed))


def _ranking(
    pool: Pool, context: SelectionContext, rows: FeatureSets, found: Iterator[Choice]
) -> Ranking:
    count, ids = min(context.limit, len(rows)), pool.ids
    chosen = list(context.progress(islice(found, count), "coverage", count))
    scores = {ids[rows.order[place]]: float(score) for place, score, _ in chosen}
    everything = rows.distinct(range(len(rows)))
    notes = {
        "rounds": chosen[-1][2] if chosen else 0,
        "features of the pool": everything,
        "share of them covered": (
            rows.distinct(place for place, _, _ in chosen) / max(1, everything)
        ),
        "examples without a feature": int((rows.lengths == 0).sum()),
    }
    return Ranking(tuple(scores), scores, notes=notes)


def greedy(rows: FeatureSets) -> Iterator[Choice]:
    """Yield every position, its new features and its round, in the greedy order.

    Every example's count of new features is kept up to date: a feature is new once a round, and
    then lowers the counts of those that have it. Of equal counts the earlier comes first.
    """
    import numpy as np

    starts, holders = rows.holders()
    counts = rows.lengths.astype(np.int32)
    left = counts > 0
    number = 0
    while left.any():
        number += 1
        np.copyto(counts, rows.lengths, casting="same_kind")
        counts[~left] = 0
        used = np.zeros(rows.size, dtype=bool)
        while (new := int(counts[place := int(counts.argmax())])) > 0:
            features = rows[place]
            for feature in features[~used[features]].tolist():
                counts[holders[starts[feature] : starts[feature + 1]]] -= 1
            used[features] = True
            left[place] = False
            yield place, new, number
    for place in np.flatnonzero(rows.lengths == 0).tolist():
        yield place, 0, number


def sim_scale(rows: FeatureSets, ratio: float) -> Iterator[Choice]:
    """Yield every position, its features and its round, in the order of acceptance."""
    import numpy as np

    left = np.argsort(-rows.lengths, kind="stable")[: np.count_nonzero(rows.lengths)]
    number = 0
    while len(left):
        number += 1
        used = np.zeros(rows.size, dtype=bool)
        rejected = np.ones(len(left), dtype=bool)
        for start in range(0, len(left), CHUNK):
            chunk = left[start : start + CHUNK]
            # An overlap only grows, so what is too much at the start of a chunk stays too much.
            hopeful = np.flatnonzero(rows.overlaps(chunk, used) < ratio * rows.lengths[chunk])
            for offset in hopeful.tolist():
                place = int(chunk[offset])
                size = int(rows.lengths[place])
                if np.count_nonzero(used[rows[place]]) < ratio * size:
                    used[rows[place]] = True
                    rejected[start + offset] = False
                    yield place, size, number
        left = left[rejected]
    for place in np.flatnonzero(rows.lengths == 0).tolist():
        yield place, 0, number


SPECS = (
    SelectorSpec(
        name="sae-greedy",
        build=SaeGreedy,
        summary="Most SAE features that none before it has.",
        kind="set",
        needs=frozenset({"base", "saes"}),
        cost="1 forward + encode",
        paper="Yang et al., arXiv 2502.14050",
    ),
    SelectorSpec(
        name="sae-simscale",
        build=SaeSimScale,
        summary="Most SAE features, little overlap with those before.",
        kind="set",
        needs=frozenset({"base", "saes"}),
        cost="1 forward + encode",
        paper="Yang et al., arXiv 2502.14050",
    ),
)
