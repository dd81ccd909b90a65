"""Light fine-tuning on responses, for the probe model and for measuring a base's headroom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

Pair = tuple[str, str]
"""A rendered prompt and its response, without the space that joins them."""
IGNORED = -100


def _batch(
    tokenizer: PreTrainedTokenizerFast, pairs: Sequence[Pair]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and labels of shape (pairs, longest), where only responses have labels."""
    import torch

    rows = []
    for prompt, response in pairs:
        head = tokenizer(prompt)["input_ids"]
        tail = tokenizer(f" {response}", add_special_tokens=False)["input_ids"]
        rows.append((len(head), [*head, *tail, tokenizer.eos_token_id]))
    longest = max(len(ids) for _, ids in rows)
    inputs = torch.full((len(rows), longest), tokenizer.pad_token_id)
    labels = torch.full((len(rows), longest), IGNORED)
    for i, (head_length, ids) in enumerate(rows):
        inputs[i, : len(ids)] = torch.tensor(ids)
        labels[i, head_length : len(ids)] = inputs[i, head_length : len(ids)]
    return inputs, labels


def _shuffled_batches(
    pairs: Sequence[Pair], epochs: int, batch_size: int, r: Random
) -> Iterator[list[Pair]]:
    """Yield the pairs in batches, in another order in each epoch."""
    for _ in range(epochs):
        order = r.sample(list(pairs), len(pairs))
        for start in range(0, len(order), batch_size):
            yield order[start : start + batch_size]


def finetune(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    pairs: Sequence[Pair],
    rate: float,
    epochs: int,
    r: Random,
) -> LlamaForCausalLM:
    """Fine-tune all weights of ``model`` in place with a linearly falling rate, 16 rows a step."""
    import torch

    batches = list(_shuffled_batches(pairs, epochs, 16, r))
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    model.train()
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 - step / len(batches))
        inputs, labels = _batch(tokenizer, batch)
        model(input_ids=inputs, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    model.train(False)
    return model
