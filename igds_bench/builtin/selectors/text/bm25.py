"""The prompts most like the target's by their words: BM25.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), with the
inverse document frequency of Lucene, ``log(1 + (N - df + 0.5) / (df + 0.5))``, which is never
negative. Checked against the formula itself and against ``BM25Okapi`` of dorianbrown/rank_bm25.

Differs from it:

- The inverse document frequency: Okapi's own is negative for words of more than half of the
  documents, and rank_bm25 replaces those by a share of the mean.
- One product for all queries: a score is a sum over a query's words, so the mean over queries is
  the score of the mean query.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from igds_bench.core.data import CHUNK, Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Bm25:
    """Rank by the mean BM25 score of the prompt over the target's prompts (prior, then dev)."""

    k1: Annotated[float, Field(ge=0)] = 1.5
    """How slowly further occurrences of a word stop counting."""
    b: Annotated[float, Field(ge=0, le=1)] = 0.75
    """How much a document's length is held against it: 0 not at all, 1 in proportion."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by mean score, highest first.

        Raises:
            DataError: the target has no words.
        """
        samples = (*context.target.prior.prompts, *context.target.dev.prompts)
        query = _mean_counts(samples)
        prompts = context.progress(_prompts(pool), "bm25: prompts", len(pool))
        counts, lengths = _count(prompts, {word: place for place, word in enumerate(query)})
        scores = self._scores(counts, lengths, list(query.values()))
        notes = {"queries": len(samples), "without_common_words": int((scores == 0).sum())}
        found = dict(zip(pool.ids, scores.tolist(), strict=True))
        return Ranking.by_score(found, context.seed, notes=notes)

    def _scores(self, counts: Any, lengths: NDArray[Any], query: list[float]) -> NDArray[Any]:
        """Return the score of every document, (N,).

        Args:
            counts: sparse (N, words) occurrences of the query's words in each document.
            lengths: (N,) words of each document.
            query: (words,) mean occurrences in a query.
        """
        import numpy as np

        documents = len(lengths)
        found_in = np.bincount(counts.indices, minlength=len(query))
        idf = np.log1p((documents - found_in + 0.5) / (found_in + 0.5))
        relative = lengths / max(1.0, lengths.mean()) if documents else lengths
        slow = np.repeat(self.k1 * (1 - self.b + self.b * relative), np.diff(counts.indptr))
        counts.data = counts.data * (self.k1 + 1) / (counts.data + slow)
        scores: NDArray[Any] = counts @ (np.asarray(query) * idf)
        return scores


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def _mean_counts(queries: Iterable[str]) -> dict[str, float]:
    """Return how often a query has each word, on average."""
    counts: Counter[str] = Counter()
    number = 0
    for query in queries:
        counts.update(_words(query))
        number += 1
    if not counts:
        raise DataError(
            "bm25 asked for the words of the target's prompts, and the target (prior and dev) has "
            "none: give the task samples in these splits."
        )
    return {word: counts[word] / number for word in sorted(counts)}


def _prompts(pool: Pool) -> Iterator[str]:
    """Yield prompts without making examples of them, where they lie on disk."""
    for start in range(0, len(pool), CHUNK):
        yield from pool.prompts[start : start + CHUNK]


def _count(texts: Iterable[str], places: Mapping[str, int]) -> tuple[Any, NDArray[Any]]:
    """Return sparse (N, words) counts of known words, sorted by word, and the lengths, (N,)."""
    import numpy as np
    from scipy.sparse import csr_matrix

    columns, ends, lengths = array("i"), array("q", [0]), array("q")
    for text in texts:
        words = _words(text)
        columns.extend([places[word] for word in words if word in places])
        ends.append(len(columns))
        lengths.append(len(words))
    ones = np.ones(len(columns))
    counts = csr_matrix(
        (ones, np.array(columns), np.array(ends)), shape=(len(lengths), len(places))
    )
    counts.sum_duplicates()
    return counts, np.array(lengths, dtype=np.float64)


SPEC = SelectorSpec(
    name="bm25",
    build=Bm25,
    summary="BM25 of the pool's prompts for the target's prompts.",
    needs=frozenset({"target"}),
    cost="CPU",
    paper="Robertson & Zaragoza, 2009",
    original="dorianbrown/rank_bm25",
)
