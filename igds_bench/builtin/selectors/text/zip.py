"""The set that compresses worst: ZIP, by the Entropy Law (Yin et al., arXiv 2407.06645).

Checked against the original, USTC-StarTeam/ZIP. Differs from the original:

- Only the K3 examples that a round chooses are retired. The original retires all K2 of its second
  step, so that from about half of the pool on it selects examples again.
- A candidate is compressed on a copy of the selection's compressor: the same number of bytes as
  compressing the whole selection with it, at the cost of the candidate and of one block.
- What is compressed is the text, prompt and response, without the keys and quotes of a printed row.
- K1, K2 and K3 may exceed what is left; the original fails there.
- The selection ends exactly at the budget, not at the next multiple of K3.
- Ties are broken by the seed, not by the order of the file.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from igds_bench.core.data import Example, Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.seeding import keyed_order
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 9
THREADS = min(8, os.cpu_count() or 1)
"""zlib works without Python's lock, so candidates are tried on several cores; nothing chosen
depends on how many."""


class Stream:
    """Texts compressed one after another by zlib; a further one can be tried.

    The length is that of ``zlib.compress`` of all texts joined: deflate reads its input the same
    way however it is cut.
    """

    def __init__(self) -> None:
        self._compressor: Any = zlib.compressobj(LEVEL)
        self._read = self._written = 0

    def add(self, text: bytes) -> None:
        """Append a text."""
        self._written += len(self._compressor.compress(text))
        self._read += len(text)

    def ratio_with(self, text: bytes) -> float:
        """Return bytes over compressed bytes, were the text appended."""
        trial = self._compressor.copy()
        written = self._written + len(trial.compress(text)) + len(trial.flush())
        return (self._read + len(text)) / written


@dataclass(frozen=True)
class Zip:
    """Greedily keep the compression ratio of the selection low, K3 examples a round.

    A round refreshes ``R(S + x) = bytes / compressed bytes`` of the K1 examples whose last known
    ratio is lowest, keeps the K2 lowest of them, and from those, starting from an empty set, adds
    the one that keeps the set's ratio lowest, K3 times (the paper's multi-stage greedy).
    """

    k1: Annotated[int, Field(ge=1)] = 10_000
    """Examples whose ratio with the selection is refreshed in a round."""
    k2: Annotated[int, Field(ge=1)] = 200
    """Examples among which a round chooses."""
    k3: Annotated[int, Field(ge=1)] = 100
    """Examples that a round chooses; at most ``k2`` are."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they were chosen, without scores.

        The ratios of two rounds are of different sets, so they can't be compared.
        """
        import numpy as np

        ids, alone = keyed_order(pool.ids, context.seed, "tie"), Stream()
        examples = context.progress(pool, "zip: own ratios", len(pool))
        own = {example.id: alone.ratio_with(_text(example)) for example in examples}
        ratios = np.array([own[id_] for id_ in ids])
        wanted = min(context.limit, len(pool))
        with ThreadPoolExecutor(THREADS) as threads:
            places = islice(self._choices(ratios, _Texts(pool, ids), threads), wanted)
            chosen = tuple(ids[place] for place in context.progress(places, "zip: choices", wanted))
        notes = {"compression_ratio": _ratio(pool, chosen)}
        return Ranking(chosen, higher_is_better=False, notes=notes)

    def _choices(self, ratios: NDArray[Any], texts: _Texts, threads: Executor) -> Iterator[int]:
        """Yield places, round by round, until none is left.

        Args:
            ratios: (N,) ratio of each example alone; overwritten.
            texts: the examples' texts by place.
            threads: where candidates are tried.
        """
        import numpy as np

        selected = Stream()
        while left := int(np.isfinite(ratios).sum()):
            # In ascending order, so that equal ratios are tried in the seeded order.
            tried = np.sort(np.argsort(ratios, kind="stable")[: min(self.k1, left)])
            read = texts.at(tried.tolist())
            ratios[tried] = _ratios(selected, list(read.values()), threads)
            kept = np.sort(tried[np.argsort(ratios[tried], kind="stable")[: self.k2]]).tolist()
            group = _greedy({place: read[place] for place in kept}, threads)
            for place in islice(group, self.k3):
                selected.add(read[place])
                ratios[place] = np.inf
                yield place


def _greedy(texts: Mapping[int, bytes], threads: Executor) -> Iterator[int]:
    """Yield the place whose text keeps the ratio of all that were yielded lowest; ties in order."""
    left, group = dict(texts), Stream()
    while left:
        ratios = _ratios(group, list(left.values()), threads)
        best = list(left)[ratios.index(min(ratios))]
        group.add(left.pop(best))
        yield best


def _ratios(stream: Stream, texts: Sequence[bytes], threads: Executor) -> list[float]:
    """Return the ratio of a stream with each text, in their order."""
    size = max(1, -(-len(texts) // THREADS))
    parts = [texts[start : start + size] for start in range(0, len(texts), size)]
    found = threads.map(lambda part: [stream.ratio_with(text) for text in part], parts)
    return [ratio for ratios in found for ratio in ratios]


class _Texts:
    """The texts of a pool that may lie on disk; those of the last round are kept."""

    def __init__(self, pool: Pool, ids: list[str]) -> None:
        self._pool, self._ids = pool, ids
        self._last: dict[int, bytes] = {}

    def at(self, places: list[int]) -> dict[int, bytes]:
        """Return the texts at places, in their order."""
        new = [place for place in places if place not in self._last]
        examples = self._pool.take(self._ids[place] for place in new)
        read = self._last | {p: _text(e) for p, e in zip(new, examples, strict=True)}
        self._last = {place: read[place] for place in places}
        return self._last


def _text(example: Example) -> bytes:
    return f"{example.prompt} {example.response}".encode()


def _ratio(pool: Pool, ids: tuple[str, ...]) -> float:
    """Return the compression ratio of examples in this order."""
    stream = Stream()
    for example in pool.take(ids):
        stream.add(_text(example))
    return stream.ratio_with(b"")


SPEC = SelectorSpec(
    name="zip",
    build=Zip,
    summary="Greedily the examples that compress worst together (Entropy Law).",
    kind="set",
    cost="CPU",
    paper="Yin et al., arXiv 2407.06645",
    original="USTC-StarTeam/ZIP",
)
