"""Residual streams of the tiny model: captured after every block, or replaced after one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from igds_bench.builtin.tiny.measure import padded

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast


@contextmanager
def captured(model: LlamaForCausalLM) -> Iterator[list[torch.Tensor]]:
    """Yield a list that a forward pass fills with each block's output (batch, tokens, width)."""
    found: list[torch.Tensor] = []
    hooks = [
        block.register_forward_hook(lambda _module, _inputs, output: found.append(output))
        for block in model.model.layers
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def replaced(
    model: LlamaForCausalLM, layer: int, edit: Callable[[torch.Tensor], torch.Tensor]
) -> Iterator[None]:
    """Put ``edit(output)`` in the place of block ``layer``'s output while the context is open."""
    hook = model.model.layers[layer].register_forward_hook(
        lambda _module, _inputs, output: edit(output)
    )
    try:
        yield
    finally:
        hook.remove()


def token_residuals(
    model: LlamaForCausalLM, blocks: torch.Tensor, keep: torch.Tensor, batch_size: int = 32
) -> torch.Tensor:
    """Return the residuals of the kept tokens.

    Args:
        model: in evaluation mode.
        blocks: token ids of shape (blocks, length).
        keep: booleans of the same shape.
        batch_size: blocks per forward pass.

    Returns:
        Array of shape (layers, kept tokens, width).
    """
    import torch

    parts = []
    with torch.inference_mode():
        for start in range(0, len(blocks), batch_size):
            rows = slice(start, start + batch_size)
            with captured(model) as found:
                model.model(input_ids=blocks[rows], use_cache=False)
            parts.append(torch.stack([output[keep[rows]] for output in found]))
    return torch.cat(parts, dim=1)


def critical_residuals(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    prompts: Sequence[str],
    batch_size: int = 128,
) -> torch.Tensor:
    """Return the residuals at t*, the last token of each prompt: (layers, prompts, width)."""
    import torch

    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    parts = []
    with torch.inference_mode():
        for start in range(0, len(order), batch_size):
            batch = padded(tokenizer, [prompts[i] for i in order[start : start + batch_size]])
            positions = (batch["attention_mask"].cumsum(1) - 1).clamp(min=0)
            with captured(model) as found:
                model.model(**batch, position_ids=positions, use_cache=False)
            parts.append(torch.stack([output[:, -1] for output in found]))
    back = torch.argsort(torch.tensor(order))
    return torch.cat(parts, dim=1)[:, back]
