"""Read the residual stream at t*, stopping the forward above the highest block that is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

from igds_bench.errors import ModelError
from igds_bench.modeling.batches import length_batches, pad_right, token_limit
from igds_bench.modeling.early_exit import early_exit
from igds_bench.modeling.last_query import can_end_early, end_in
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import Prompted, encode_prompts

BlockHook = Callable[[torch.Tensor], torch.Tensor | None]
"""Gets the residual stream after a block, (batch, positions, d_model); may return another."""
Progress = Callable[..., Iterable[Any]]


def plain_progress(items: Iterable[Any], description: str = "", total: int | None = None) -> Any:
    """Yield items without showing anything."""
    return items


def decoder_blocks(model: Any) -> nn.ModuleList:
    """Return a causal LM's decoder blocks, whatever its architecture calls them.

    Raises:
        ModelError: there is no list of as many modules as the config has layers.
    """
    config = model.config
    layers = config.get_text_config() if hasattr(config, "get_text_config") else config
    for module in model.modules():
        if isinstance(module, nn.ModuleList) and len(module) == layers.num_hidden_layers:
            return module
    raise ModelError(f"{type(model).__name__}: its decoder blocks were not found.")


def hook_block(model: Any, layer: int, hook: BlockHook) -> Any:
    """Call ``hook`` with the residual stream after block ``layer`` at every forward.

    This is ``resid_post`` of the block: Hugging Face's ``hidden_states[layer + 1]``, except that
    the last entry there is after the final norm.

    Returns:
        A handle whose ``remove()`` ends it.
    """

    def call(_: nn.Module, __: Any, output: Any) -> Any:
        is_tuple = isinstance(output, tuple)
        changed = hook(output[0] if is_tuple else output)
        if changed is None:
            return None
        return (changed, *output[1:]) if is_tuple else changed

    return decoder_blocks(model)[layer].register_forward_hook(call)


@torch.inference_mode()
def residuals_at_end(
    lm: LanguageModel,
    prompts: Sequence[Prompted],
    layers: Sequence[int],
    progress: Progress = plain_progress,
    batch_tokens: int | None = None,
) -> torch.Tensor:
    """Return the residual stream after some blocks at t*, the last token of each prompt.

    Args:
        lm: the model; blocks above ``max(layers)`` and the LM head are not computed.
        prompts: N examples, or plain texts.
        layers: block numbers, from 0.
        progress: shows the batches.
        batch_tokens: padded tokens of a batch; None takes what suits the device.

    Returns:
        float32 tensor of shape (N, len(layers), d_model), on the CPU.
    """
    rows = encode_prompts(lm.tokenizer, prompts)
    found = torch.empty(len(rows), len(layers), lm.d_model)
    lengths = [len(row) for row in rows]
    batches = list(length_batches(lengths, batch_tokens or token_limit(lm)))
    for batch in progress(batches, "residual streams at t*"):
        ends = torch.tensor([lengths[i] - 1 for i in batch], device=lm.device)
        ids = pad_right([rows[i] for i in batch], lm.tokenizer.pad_token_id, lm.device)
        # Pads stand after t*, where a causal model can't see them: no mask is needed.
        found[batch] = _forward(lm, ids, ends, layers).float().cpu()
    return found


def _forward(
    lm: LanguageModel, ids: torch.Tensor, ends: torch.Tensor, layers: Sequence[int]
) -> torch.Tensor:
    """Run one batch and return (batch, layers, d_model) at the positions ``ends``."""
    taken: dict[int, torch.Tensor] = {}
    rows = torch.arange(len(ids), device=lm.device)
    top = max(layers)

    def keep(layer: int) -> BlockHook:
        def hook(hidden: torch.Tensor) -> None:
            taken[layer] = hidden[rows, ends]
            if layer == top:
                leave()

        return hook

    def finish(hidden: torch.Tensor) -> None:
        taken[top] = hidden
        leave()

    with early_exit() as leave, ExitStack() as stack:
        below = set(layers)
        if can_end_early(lm.model):
            block = decoder_blocks(lm.model)[top]
            stack.callback(end_in(block, lm.model, ends, finish).remove)
            below = below - {top}
        for layer in below:
            handle = hook_block(lm.model, layer, keep(layer))
            stack.callback(handle.remove)
        lm.model(input_ids=ids, use_cache=False, logits_to_keep=1)
    return torch.stack([taken[layer] for layer in layers], dim=1)
