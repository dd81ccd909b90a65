"""Text for SAEs: packed blocks of tokens, which of them are data, and residuals streamed from them.

Every block starts as a prompt does: with ``<bos>`` where the tokenizer puts one there. The first
position of a sequence attracts attention and has residuals like no other, so it is never data.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import torch

from igds_bench.modeling.batches import token_limit
from igds_bench.modeling.capture import hook_block
from igds_bench.modeling.early_exit import early_exit
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode_texts, puts_bos

ENCODED_AT_ONCE = 1000
"""Documents per call of the tokenizer."""


def packed_blocks(
    tokenizer: Any, documents: Iterable[str], length: int, limit: int | None = None
) -> torch.Tensor:
    """Return documents one after another, an end token after each, cut into blocks.

    Args:
        tokenizer: of the model.
        documents: texts; empty ones are skipped.
        length: tokens of a block, ``<bos>`` included.
        limit: most blocks; documents beyond are not read.

    Returns:
        Token ids of shape (blocks, length); what is left at the end is dropped.
    """
    texts = [text for text in documents if text.strip()]
    head = [tokenizer.bos_token_id] if puts_bos(tokenizer) else []
    room = length - len(head)
    most = sys.maxsize if limit is None else limit
    stream: list[int] = []
    for start in range(0, len(texts), ENCODED_AT_ONCE):
        if len(stream) >= most * room:
            break
        for row in encode_texts(tokenizer, texts[start : start + ENCODED_AT_ONCE]):
            stream += [*row[len(head) :], tokenizer.eos_token_id]
    count = min(most, len(stream) // room)
    blocks = torch.tensor(stream[: count * room], dtype=torch.long).view(count, room)
    first = torch.tensor(head, dtype=torch.long).expand(count, len(head))
    return torch.cat([first, blocks], dim=1)


def data_positions(tokenizer: Any, blocks: torch.Tensor) -> torch.Tensor:
    """Return which tokens are data: neither ``<bos>``, nor padding, nor first without a ``<bos>``.

    Args:
        tokenizer: of the model; where its padding token is its end token, neither is data.
        blocks: token ids of shape (blocks, length).

    Returns:
        Booleans of the same shape.
    """
    data = blocks.ne(tokenizer.pad_token_id)
    if tokenizer.bos_token_id is not None:
        data &= blocks.ne(tokenizer.bos_token_id)
    if not puts_bos(tokenizer):
        data[:, 0] = False
    return data


@torch.inference_mode()
def _residuals_after(lm: LanguageModel, ids: torch.Tensor, layer: int) -> torch.Tensor:
    """Return the residual stream after a block: (batch, length, d_model); nothing above runs."""
    taken: list[torch.Tensor] = []

    def keep(hidden: torch.Tensor) -> None:
        taken.append(hidden)
        leave()

    handle = hook_block(lm.model, layer, keep)
    try:
        with early_exit() as leave:
            lm.model(input_ids=ids, use_cache=False, logits_to_keep=1)
    finally:
        handle.remove()
    return taken[0]


def residual_batches(
    lm: LanguageModel, blocks: torch.Tensor, layer: int, batch_tokens: int | None = None
) -> Iterator[torch.Tensor]:
    """Yield the residuals after a block at all data positions, one forward pass at a time.

    Args:
        lm: the model.
        blocks: token ids of shape (blocks, length), in the order of the results.
        layer: block number, from 0.
        batch_tokens: tokens of a forward pass; None takes what suits the device.

    Yields:
        float32 tensors of shape (data tokens of the batch, d_model), on the model's device.
    """
    rows = max(1, (batch_tokens or token_limit(lm)) // blocks.shape[1])
    data = data_positions(lm.tokenizer, blocks)
    for start in range(0, len(blocks), rows):
        found = _residuals_after(lm, blocks[start : start + rows].to(lm.device), layer)
        yield found[data[start : start + rows].to(lm.device)].float()
