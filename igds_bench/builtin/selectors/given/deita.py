"""DEITA: quality times complexity, and a walk down with a cosine limit to all rows taken before.

Liu et al., "What Makes Good Data for Alignment?" (arXiv 2312.15685, section 3), on scores that are
given: those of its two scorers, or anybody's. Checked against ``Combined_Filter`` of
hkust-nlp/deita with batches of one example, its default.

Differs from the original:

- Embeddings are those that all selectors here share (``Embeddings``: the mean of the last layer
  over an example, weighted by position); there, the last token's state of another model. Any
  embeddings give the same walk.
- Equal products are put in order by the seed; there, by an unstable sort.
- Where fewer rows than the budget are far enough from each other, fewer are returned there; here,
  those that were passed over follow, best first, and notes say how many ``survivors`` there were.
- Rows whose embedding isn't finite come after all others; there, they are always kept.
- Rows that lack a score do as ``missing`` says; there, they can't be read.
- Cosines are the only distance; there, Manhattan distances can be asked for, whose limit has the
  same direction and so keeps what is near.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from igds_bench.builtin.selectors.embedding.diverse import walk
from igds_bench.builtin.selectors.embedding.k_center import seeded_rows
from igds_bench.builtin.selectors.given.missing import (
    Missing,
    by_id,
    by_row,
    check_found,
    told,
    without_score,
)
from igds_bench.builtin.selectors.given.scores import Found, Scores
from igds_bench.builtin.selectors.given.values import numbers_of
from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.quantities import Embeddings, Quantity
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import DataError


@dataclass(frozen=True)
class Deita:
    """Rank by quality times complexity, and pass over what is too near to a better row.

    A chat may have one score of each kind for every turn: products are added up.
    """

    quality: str = "quality_scores"
    """Field of the quality, of the rows or of its file; dots lead into objects."""
    complexity: str = "complexity_scores"
    """Field of the complexity, likewise."""
    threshold: Annotated[float, Field(gt=-1, le=1)] = 0.9
    """Cosine above which a row is too near to one that was taken."""
    quality_file: Path | None = None
    """Rows with an id and the quality each; None looks at the pool's own rows."""
    complexity_file: Path | None = None
    """Likewise of the complexity; it may be the same file."""
    id: str | None = None
    """As of ``column``, for both files."""
    by: str | None = None
    """As of ``column``, for both files."""
    missing: Missing = "last"
    """What becomes of rows that lack a score: ``last``, ``drop`` or ``refuse``."""

    def __post_init__(self) -> None:
        self._given()

    def _given(self) -> tuple[Scores, Scores]:
        """Return where both scores stand.

        Raises:
            ValueError: ``id`` or ``by`` is given without any file.
        """
        files = (self.quality_file, self.complexity_file)
        if not any(files):
            return (
                Scores(self.quality, None, self.id, self.by),
                Scores(self.complexity, None, self.id, self.by),
            )
        quality, complexity = (
            Scores(name, file, *((self.id, self.by) if file else ()))
            for name, file in zip((self.quality, self.complexity), files, strict=True)
        )
        return quality, complexity

    def fields(self) -> tuple[str, ...]:
        """Return the fields of the rows that it reads."""
        return tuple(dict.fromkeys(name for given in self._given() for name in given.fields()))

    def quantities(self) -> tuple[Quantity, ...]:
        """Return what is measured for it."""
        return (Embeddings(),)

    def check_pool(self, pool: Pool, limit: int) -> None:
        """Refuse a pool that can't be ranked, before anything runs.

        Raises:
            DataError: says what is wrong, where, and the fix.
        """
        both = [given.of(pool, numbers_of, by_row(pool)) for given in self._given()]
        for found in both:
            if not found.scores:
                raise DataError(found.none())
        check_found(_products(*both), pool, self.missing, limit)

    def products(self, pool: Pool) -> Found[float]:
        """Return quality times complexity of the rows that have both.

        Raises:
            DataError: a value is no score, or the two are of different numbers of turns.
        """
        quality, complexity = (given.of(pool, numbers_of, by_id(pool)) for given in self._given())
        return _products(quality, complexity)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they were taken, up to the limit; scores are products."""
        found = self.products(pool)
        order = Ranking.by_score(found.scores, context.seed)
        lacking = without_score(pool, found, self.missing, context.seed)
        last = {**order.unranked, **lacking}
        scored = [id_ for id_ in order.ids if id_ not in last]
        limit = min(context.limit, len(pool))
        walked = walk(scored, seeded_rows(pool, context), self.threshold, limit)
        return walked.ranking(found.scores, limit, last, told(pool, found))


@dataclass(frozen=True)
class DeitaFilter(Deita):
    """Reject what DEITA's walk passes over, in front of any selector.

    Rows without a score are kept, unless ``missing`` says otherwise, as nothing tells which of two
    is better; so are those whose embedding isn't finite.
    """

    def reject(self, pool: Pool, context: SelectionContext) -> dict[str, str]:
        """Return the ids to leave out, each with the better row that it is too near to.

        Raises:
            DataError: a row has no score and all must have one.
        """
        found = self.products(pool)
        without_score(pool, found, self.missing, context.seed)
        order = Ranking.by_score(found.scores, context.seed)
        scored = [id_ for id_ in order.ids if id_ not in order.unranked]
        walked = walk(scored, seeded_rows(pool, context), self.threshold, len(pool))
        rejected = {
            id_: f"too near to {twin}, which is better" for id_, twin in walked.near.items()
        }
        if self.missing == "drop":
            lacking = [id_ for id_ in pool.ids if id_ not in found.scores]
            rejected |= dict.fromkeys(lacking, f"no score in {found.asked}")
        return rejected


def _products(
    quality: Found[tuple[float, ...]], complexity: Found[tuple[float, ...]]
) -> Found[float]:
    """Multiply two scores turn by turn, and add the products up."""
    scores = {}
    for id_, own in quality.scores.items():
        other = complexity.scores.get(id_)
        if other is None:
            continue
        if len(own) != len(other):
            raise DataError(
                f"deita: the row {id_} has {len(own)} scores in {quality.asked} and {len(other)} "
                f"in {complexity.asked}: give one of each for every turn."
            )
        scores[id_] = sum(a * b for a, b in zip(own, other, strict=True))

    def none() -> str:
        return f"no row has a score in both {quality.asked} and {complexity.asked}."

    asked = f"{quality.asked} or {complexity.asked}"
    return Found(scores, asked, none, max(quality.other, complexity.other))


_COMMON = SelectorSpec(
    name="deita",
    build=Deita,
    summary="Quality times complexity, without rows that are too near to better ones.",
    kind="set",
    needs=frozenset({"base"}),
    cost="1 forward",
    paper="Liu et al., ICLR 2024, arXiv 2312.15685",
    original="hkust-nlp/deita",
)
SPECS = (
    _COMMON,
    replace(
        _COMMON,
        name="deita-filter",
        build=DeitaFilter,
        kind="filter",
        summary="Filter: leaves out rows that are too near to better ones, as deita does.",
    ),
)
