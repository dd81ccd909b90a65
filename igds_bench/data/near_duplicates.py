"""Near-duplicates: which examples of a task say almost the same, within and across its splits.

MinHash signatures find candidates and locality-sensitive hashing pairs them (Broder 1997; Leskovec,
Rajaraman and Ullman, Mining of Massive Datasets, chapter 3); every pair that is counted has been
checked by the exact Jaccard similarity of its word 3-grams.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from igds_bench.core.data import Example, Pool
from igds_bench.core.seeding import keyed_order

if TYPE_CHECKING:
    from datasketch import MinHash, MinHashLSH

WORDS = 3
"""Consecutive words in a shingle."""
PERMUTATIONS = 128
SEED = 1
"""Of the permutations and of samples."""
RECALL_WEIGHTS = (0.02, 0.98)
"""Of false positives, which are checked away, and false negatives in choosing bands; at threshold
0.8 they are 17 of 7 rows, which find 98% of pairs at 0.8 and 99.9% at 0.85."""
CHECKED = 100
"""Candidates that are checked exactly, the most alike by signature first: where a long template
makes all texts alike, everything is a candidate of everything."""
SHOWN = 5
"""Pairs that are kept as examples."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Near(_Part):
    """How many examples of a split have a near-duplicate in the pool."""

    n: int
    """Examples looked at."""
    total: int
    """Examples that there are; where more than ``n``, those looked at are a keyed sample."""
    near: int
    """Examples with a near-duplicate; within the pool, another one than themselves."""
    pairs: list[tuple[str, str]]
    """A few of them, each with the id of a near-duplicate in the pool."""

    @property
    def share(self) -> float:
        """Share of the examples looked at that have a near-duplicate."""
        return self.near / self.n if self.n else 0.0


class NearDuplicates(_Part):
    """Near-duplicates of one task; kept as ``data/<task>.json``."""

    task: str = ""
    threshold: float
    """Jaccard similarity of word 3-grams from which two examples are near-duplicates."""
    pool: Near
    others: dict[str, Near]
    """By split; set against the part of the pool that was looked at."""


def near_duplicates(
    pool: Pool, others: Mapping[str, Pool], threshold: float = 0.8, most: int = 20_000
) -> NearDuplicates:
    """Count examples with near-duplicates in the pool.

    Args:
        pool: what is selected from.
        others: splits that are set against the pool, by name.
        threshold: Jaccard similarity in (0, 1) of the texts' shingles, at or above which two
            examples are near-duplicates.
        most: of a larger pool or split, a sample of this size stands for it, the same whatever the
            order; near-duplicates outside of the pool's sample are then missed.

    Returns:
        Counts and a few pairs of ids; the same for every order of the examples.
    """
    texts = _texts(pool, most)
    finder = _Finder(texts, threshold)
    ids, signatures = finder.ids, finder.signatures
    found = {}
    for name, other in others.items():
        rows = _texts(other, most)
        kept = sorted(rows)
        marks = _signatures(rows[id_] for id_ in kept)
        matches = ((i, finder.match(rows[i], m)) for i, m in zip(kept, marks, strict=True))
        found[name] = _near(matches, len(rows), len(other))
    within = ((i, finder.match(texts[i], m, i)) for i, m in zip(ids, signatures, strict=True))
    return NearDuplicates(
        threshold=threshold, pool=_near(within, len(texts), len(pool)), others=found
    )


def shingles(text: str) -> frozenset[str]:
    """Return the runs of three lower-cased words of a text; of a shorter text, its words."""
    words = text.lower().split()
    if len(words) < WORDS:
        return frozenset(words)
    return frozenset(" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1))


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """Return the size of the intersection over that of the union; 0 for two empty sets."""
    common = len(left & right)
    union = len(left) + len(right) - common
    return common / union if union else 0.0


class _Finder:
    """Looks up near-duplicates among the texts of a pool."""

    def __init__(self, texts: Mapping[str, str], threshold: float) -> None:
        import numpy as np

        self.ids = sorted(texts)
        self.signatures = list(_signatures(texts[id_] for id_ in self.ids))
        self._texts = texts
        self._threshold = threshold
        self._index = _index(threshold)
        for place, signature in enumerate(self.signatures):
            self._index.insert(place, signature, check_duplication=False)
        rows = [signature.hashvalues for signature in self.signatures]
        self._hashes = np.stack(rows) if rows else np.empty((0, PERMUTATIONS))

    def match(self, text: str, signature: MinHash, own: str | None = None) -> str | None:
        """Return the id of the most alike text of those near enough; never ``own``.

        Likeness is the share of equal minima, ties go to the first id.
        """
        import numpy as np

        places = np.array(sorted(self._index.query(signature)), dtype=np.int64)
        equal = (self._hashes[places] == signature.hashvalues).mean(axis=1)
        order = places[np.argsort(-equal, kind="stable")][:CHECKED]
        # Shingles are made again instead of kept: those of a pool would fill a gigabyte.
        asked = shingles(text)
        for id_ in (self.ids[place] for place in order):
            if id_ != own and jaccard(asked, shingles(self._texts[id_])) >= self._threshold:
                return id_
        return None


def _texts(pool: Pool, most: int) -> dict[str, str]:
    """Return prompt and response in one by id, of a keyed sample where there are too many."""
    rows = pool.take(keyed_order(pool.ids, SEED, "near-duplicates")[:most])
    return {example.id: _text(example) for example in (rows if len(pool) > most else pool)}


def _text(example: Example) -> str:
    return f"{example.prompt} {example.response}"


def _index(threshold: float) -> MinHashLSH:
    from datasketch import MinHashLSH

    return MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, weights=RECALL_WEIGHTS)


def _signatures(texts: Iterator[str]) -> Iterator[MinHash]:
    from datasketch import MinHash

    encoded = ([shingle.encode() for shingle in shingles(text)] for text in texts)
    return MinHash.generator(encoded, num_perm=PERMUTATIONS, seed=SEED)


def _near(matches: Iterator[tuple[str, str | None]], n: int, total: int) -> Near:
    pairs = [(id_, match) for id_, match in matches if match is not None]
    return Near(n=n, total=total, near=len(pairs), pairs=pairs[:SHOWN])
