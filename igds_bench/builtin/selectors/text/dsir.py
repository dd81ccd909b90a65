"""Examples drawn by importance: DSIR (Xie et al., NeurIPS 2023, arXiv 2302.03169).

Checked against the original, p-lambda/dsir. Differs from the original:

- No filter by length: it drops texts of fewer than 100 words, which most instruction data are.
- Buckets come from a hash of each word (blake2b) that is kept, and bigrams from their two words'
  hashes; the original hashes the text of every unigram and bigram with SHA-256. Which n-grams share
  a bucket differs, nothing else.
- The Gumbel noise belongs to (seed, id) instead of to a position in a global generator's stream.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from igds_bench.core.data import CHUNK, Example, Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.seeding import keyed_uniform
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD = re.compile(r"\w+|[^\w\s]+")
FLOOR = 1e-8
"""Added to both probabilities before the logarithm, as in the original."""


@dataclass(frozen=True)
class Dsir:
    """Draw without replacement in proportion to p_target / p_raw of hashed uni- and bigrams.

    ``log w(x) = sum over buckets of count(x) (log(p_target + 1e-8) - log(p_raw + 1e-8))``: p_raw is
    of the pool, p_target of the target's prior and dev samples. It grows with the length of x.
    """

    sample: Literal["gumbel", "top"] = "gumbel"
    """``gumbel`` adds Gumbel noise to log w, which draws in proportion to w; ``top`` adds none."""
    buckets: Annotated[int, Field(ge=1)] = 10_000
    """Buckets that uni- and bigrams are hashed into."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by log w, with its noise for ``gumbel``, highest first.

        The scores are what was ranked by: for ``gumbel`` they hold the noise.

        Raises:
            DataError: the target has no words.
        """
        import numpy as np

        hashed = HashedNgrams(self.buckets)
        samples = (*context.target.prior, *context.target.dev)
        target = hashed.total(samples)
        if not target.sum():
            raise DataError(
                "dsir asked for the words of the target's samples, and the target (prior and dev) "
                "has none: give the task samples in these splits."
            )
        raw = hashed.total(context.progress(pool, "dsir: counts", len(pool)))
        gain = _log_probability(target) - _log_probability(raw)
        again = context.progress(pool, "dsir: weights", len(pool))
        weights = np.concatenate([np.empty(0), *hashed.sums(again, gain)])
        scores = dict(zip(pool.ids, weights.tolist(), strict=True))
        if self.sample == "gumbel":
            scores = {id_: log_w + _gumbel(context.seed, id_) for id_, log_w in scores.items()}
        return Ranking.by_score(scores, context.seed, notes={"samples": len(samples)})


class HashedNgrams:
    """Uni- and bigrams of examples in buckets, by a hash that is the same in every process."""

    def __init__(self, buckets: int) -> None:
        self._buckets = buckets
        self._known: dict[str, int] = {}

    def total(self, examples: Iterable[Example]) -> NDArray[Any]:
        """Return how many n-grams of all examples each bucket has, (buckets,)."""
        import numpy as np

        counts = np.zeros(self._buckets, dtype=np.int64)
        for _, buckets, _ in self._chunks(examples):
            counts += np.bincount(buckets, minlength=self._buckets)
        return counts

    def sums(self, examples: Iterable[Example], values: NDArray[Any]) -> Iterator[NDArray[Any]]:
        """Yield, chunk by chunk, the sum over each example's n-grams of their buckets' values."""
        import numpy as np

        for rows, buckets, size in self._chunks(examples):
            yield np.bincount(rows, weights=values[buckets], minlength=size)

    def _chunks(
        self, examples: Iterable[Example]
    ) -> Iterator[tuple[NDArray[Any], NDArray[Any], int]]:
        """Yield the row in the chunk and the bucket of every n-gram, and the chunk's size."""
        import numpy as np

        rest = iter(examples)
        while chunk := list(islice(rest, CHUNK)):
            hashes: list[int] = []
            lengths = []
            for example in chunk:
                words = self._hashes(f"{example.prompt} {example.response}")
                hashes += words
                lengths.append(len(words))
            row = np.repeat(np.arange(len(chunk)), lengths)
            word = np.array(hashes, dtype=np.uint64)
            follows = row[1:] == row[:-1]
            pairs = _mixed(word[:-1][follows]) + word[1:][follows]
            buckets = _mixed(np.concatenate([word, pairs])) % np.uint64(self._buckets)
            yield np.concatenate([row, row[1:][follows]]), buckets.astype(np.int64), len(chunk)

    def _hashes(self, text: str) -> list[int]:
        known, found = self._known, []
        for word in WORD.findall(text.lower()):
            if word not in known:
                digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
                known[word] = int.from_bytes(digest, "big")
            found.append(known[word])
        return found


def _mixed(hashes: NDArray[Any]) -> NDArray[Any]:
    """Spread 64-bit hashes again (the finaliser of splitmix64), so that a pair's order counts."""
    import numpy as np

    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * np.uint64(factor)
    return hashes ^ (hashes >> np.uint64(31))


def _log_probability(counts: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    found: NDArray[Any] = np.log(counts / max(1, counts.sum()) + FLOOR)
    return found


def _gumbel(seed: int, id_: str) -> float:
    """Return the standard Gumbel number of this example in this draw."""
    uniform = keyed_uniform(seed, "gumbel", id_)
    # Both ends have an infinite logarithm, and a number next to 1 is rounded to it.
    return -math.log(-math.log(min(max(uniform, 2.0**-64), 1 - 2.0**-53)))


SPEC = SelectorSpec(
    name="dsir",
    build=Dsir,
    summary="Importance weights of hashed n-grams, target against pool, resampled.",
    needs=frozenset({"target"}),
    deterministic=False,
    cost="CPU",
    paper="Xie et al., NeurIPS 2023, arXiv 2302.03169",
    original="p-lambda/dsir",
)
