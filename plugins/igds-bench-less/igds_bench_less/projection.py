"""A random projection of vectors so long that its matrix fits in no memory."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from igds_bench_less.adapter import derived

BLOCK = 4096
"""Rows of the matrix that are drawn together: 134 MB of float32 at dimension 8,192."""


@dataclass(frozen=True)
class Projection:
    """Multiply by a (P, d) matrix of independent signs over sqrt(d).

    Inner products are kept in expectation, with a variance of at most 2 |x|^2 |y|^2 / d (Johnson
    and Lindenstrauss; Achlioptas, 2003). Every block of rows is drawn from a generator of its own,
    and dropped after use.
    """

    seed: int
    dimension: int
    """d, a multiple of 64."""

    def __call__(self, vectors: Tensor) -> Tensor:
        """Return float32 (n, d) for vectors (n, P)."""
        device = vectors.device
        found = torch.zeros(len(vectors), self.dimension, device=device)
        for start in range(0, vectors.shape[1], BLOCK):
            part = vectors[:, start : start + BLOCK].float()
            found += part @ self.signs(start // BLOCK, device)[: part.shape[1]]
        return found / math.sqrt(self.dimension)

    def signs(self, block: int, device: torch.device) -> Tensor:
        """Return a block's rows, float32 (BLOCK, d) of -1 and 1; the same on a kind of device."""
        generator = torch.Generator(device).manual_seed(derived(self.seed, "projection", block))
        words = torch.empty(BLOCK, self.dimension // 64, dtype=torch.int64, device=device)
        words.random_(-(2**63), None, generator=generator)
        # Eight signs from every byte: drawing them one by one takes several times as long.
        shifts = torch.arange(8, dtype=torch.uint8, device=device)[:, None]
        bits = (words.view(torch.uint8)[:, None] >> shifts) & 1
        return bits.view(BLOCK, self.dimension).float().mul_(2).sub_(1)
