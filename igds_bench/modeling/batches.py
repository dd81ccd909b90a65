"""Batches of sequences of similar length, under a limit of padded tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

BATCH_TOKENS = 8192
"""Padded tokens of a batch on a CPU, where larger ones gain nothing."""
GPU_BATCH_TOKENS = 65536


def token_limit(device: torch.device) -> int:
    """Return the padded tokens that a batch may have on a device."""
    return BATCH_TOKENS if device.type == "cpu" else GPU_BATCH_TOKENS


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
