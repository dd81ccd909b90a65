"""Batches of sequences of similar length, under a limit of padded tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import psutil
import torch

if TYPE_CHECKING:
    from igds_bench.modeling.load import LanguageModel

BATCH_TOKENS = 2048
"""Most padded tokens of a batch on a CPU, whose matrix products are full by then: larger ones hold
texts of more different lengths, and with them more padding."""
GPU_BATCH_TOKENS = 262_144
MEMORY_SHARE = 0.3
"""Share of the free memory that a batch may take."""
VECTORS_PER_TOKEN = 64
"""Vectors of the model's width that a token is assumed to hold at the widest place of a block."""


def token_limit(lm: LanguageModel, with_logits: bool = False) -> int:
    """Return the padded tokens that a batch of a model may have, from the memory that is free.

    Args:
        lm: the model.
        with_logits: whether logits of every token are computed, twice in float32.
    """
    vocabulary = lm.model.get_output_embeddings().weight.shape[0] if with_logits else 0
    size = next(lm.model.parameters()).element_size()
    token_bytes = VECTORS_PER_TOKEN * lm.d_model * size + 8 * vocabulary
    most = BATCH_TOKENS if lm.device.type == "cpu" else GPU_BATCH_TOKENS
    return max(256, min(most, int(MEMORY_SHARE * _free_memory(lm.device)) // token_bytes))


def _free_memory(device: torch.device) -> int:
    """Return the bytes that are free on a device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def length_batches(lengths: Sequence[int], limit: int) -> Iterator[list[int]]:
    """Yield positions of sequences, longest first, so that each batch is short of ``limit``.

    Args:
        lengths: tokens of each sequence.
        limit: padded tokens of a batch; a sequence over it is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batch: list[int] = []
    for position in order:
        widest = lengths[batch[0]] if batch else lengths[position]
        if batch and widest * (len(batch) + 1) > limit:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def pad_right(rows: Sequence[Sequence[int]], pad: int, device: torch.device) -> torch.Tensor:
    """Return rows as one tensor (n, longest), padded at the end."""
    width = max(len(row) for row in rows)
    return torch.tensor([[*row, *[pad] * (width - len(row))] for row in rows], device=device)


def pad_left(
    rows: Sequence[Sequence[int]], pad: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return rows as one tensor (n, longest), padded at the start, and its 0/1 mask."""
    width = max(len(row) for row in rows)
    ids = [[*[pad] * (width - len(row)), *row] for row in rows]
    mask = [[*[0] * (width - len(row)), *[1] * len(row)] for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)
