"""Residual streams after every block of the tiny model: of all data tokens, and at t*."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

import torch

from igds_bench.modeling.capture import hook_block, residuals_at_end
from igds_bench.modeling.load import LanguageModel

BATCH = 32
"""Blocks per forward pass."""


def is_data(lm: LanguageModel, blocks: torch.Tensor) -> torch.Tensor:
    """Return where a token is data: anything but ``<bos>``."""
    return blocks.ne(lm.tokenizer.bos_token_id)


@torch.inference_mode()
def token_residuals(lm: LanguageModel, blocks: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    """Return the residuals of the kept tokens.

    Args:
        lm: the model.
        blocks: token ids of shape (blocks, length).
        keep: booleans of the same shape.

    Returns:
        Array of shape (layers, kept tokens, width).
    """
    parts: list[list[torch.Tensor]] = [[] for _ in range(lm.n_layers)]
    for start in range(0, len(blocks), BATCH):
        rows = slice(start, start + BATCH)
        found: list[torch.Tensor] = []
        with ExitStack() as stack:
            for layer in range(lm.n_layers):
                stack.callback(hook_block(lm.model, layer, found.append).remove)
            lm.model(input_ids=blocks[rows], use_cache=False, logits_to_keep=1)
        for part, output in zip(parts, found, strict=True):
            part.append(output[keep[rows]])
    return torch.stack([torch.cat(part) for part in parts])


def critical_residuals(lm: LanguageModel, prompts: Sequence[str]) -> torch.Tensor:
    """Return the residuals at t*, the last token of each prompt: (layers, prompts, width)."""
    return residuals_at_end(lm, prompts, range(lm.n_layers)).transpose(0, 1)
