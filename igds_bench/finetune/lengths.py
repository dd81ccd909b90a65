"""How long the rows of a pool are when they are trained on, told before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from igds_bench.core.data import Example, Pool
from igds_bench.core.protocols import TokenCount
from igds_bench.core.settings import FinetuneSettings
from igds_bench.finetune.rows import splits_rows
from igds_bench.modeling.tokens import encode

PACKED_TOGETHER = 1000
"""Rows that TRL packs at once: the batch size of ``datasets``' ``map``."""


@dataclass(frozen=True)
class TrainedLengths:
    """The rows of a pool at the greatest length of a training."""

    limit: int | None
    """That length in tokens; None where there is none."""
    kept: tuple[int, ...]
    """Tokens of each row that is trained on, in the order of training: that of the ids."""
    cut: int
    """How many of them lose tokens, or are split."""
    dropped: int
    """Rows that have nothing to learn within the length."""
    nearest: int
    """Tokens before the response, of the row that has fewest."""

    @property
    def rows(self) -> int:
        """All rows of the pool."""
        return len(self.kept) + self.dropped

    @property
    def tokens(self) -> int:
        """Tokens that one epoch trains on."""
        return sum(self.kept)


def trained_lengths(
    settings: FinetuneSettings,
    context: int,
    tokenizer: Any,
    pool: Pool,
    counts: Mapping[str, TokenCount],
) -> TrainedLengths:
    """Return what training makes of a pool, without tokenising it again.

    Only chats are, whose last response is cut off: they may hold earlier turns that are trained on.

    Args:
        settings: of the training.
        context: the model's longest sequence, which is the greatest length where none is set.
        tokenizer: the model's.
        pool: the examples.
        counts: their lengths, by id.
    """
    limit = {"max_length": context, **settings.sft}["max_length"]
    nearest = min((count.prompt for count in counts.values()), default=0)
    lengths = {id_: counts[id_].prompt + counts[id_].response for id_ in pool.ids}
    if limit is None or max(lengths.values(), default=0) <= limit:
        return TrainedLengths(limit, tuple(lengths[i] for i in sorted(lengths)), 0, 0, nearest)
    over, splits = set[str](), splits_rows(settings.sft)
    if not splits:
        far = [example for example in pool if counts[example.id].prompt >= limit]
        over = {e.id for e in far} - _scored_before(tokenizer, far, limit)
    left = [lengths[id_] for id_ in sorted(lengths.keys() - over)]
    return TrainedLengths(
        limit,
        tuple(left if splits else (min(n, limit) for n in left)),
        cut=sum(n > limit for n in left),
        dropped=len(over),
        nearest=nearest,
    )


def _scored_before(tokenizer: Any, examples: Sequence[Example], limit: int) -> set[str]:
    """Return the ids of chats that are trained on before the last turn, within a length."""
    several = [e for e in examples if any(turn.scored for turn in e.turns[:-1])]
    rows = encode(tokenizer, several)
    return {e.id for e, row in zip(several, rows, strict=True) if any(row.scored[:limit])}


def packed_rows(lengths: Sequence[int], limit: int, strategy: str = "bfd") -> int:
    """Return how many sequences TRL packs rows into."""
    from datasets import Dataset
    from trl import pack_dataset

    found = 0
    for start in range(0, len(lengths), PACKED_TOGETHER):
        ids = [[0] * n for n in lengths[start : start + PACKED_TOGETHER]]
        found += len(pack_dataset(Dataset.from_dict({"input_ids": ids}), limit, strategy))
    return found
