"""The obvious implementations that the stages of IGDS are measured against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from igds_bench.core.data import Example
from igds_bench.core.features import Feature
from igds_bench.modeling.batches import pad_left, pad_right
from igds_bench.modeling.capture import hook_block
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode, encode_prompts


@torch.inference_mode()
def activations_at_end(
    lm: LanguageModel, sae: Any, feature: Feature, examples: Sequence[Example], size: int
) -> list[float]:
    """Read whole examples in file order, encode every token in full, and keep one value of each."""
    prompts = encode_prompts(lm.tokenizer, [e.prompt for e in examples])
    responses = [row.response for row in encode(lm.tokenizer, examples)]
    found: list[float] = []
    for start in range(0, len(examples), size):
        batch = slice(start, start + size)
        ids, mask = _joined(lm, prompts[batch], responses[batch])
        out = lm.model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        encoded = sae.encode(out.hidden_states[feature.layer + 1])
        ends = torch.tensor([len(prompt) - 1 for prompt in prompts[batch]])
        found += encoded[torch.arange(len(ids)), ends, feature.index].tolist()
    return found


def _joined(
    lm: LanguageModel, prompts: Sequence[list[int]], responses: Sequence[list[int]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return prompts with their responses, padded at the end, and the mask."""
    rows = [[*p, *r] for p, r in zip(prompts, responses, strict=True)]
    ids = pad_right(rows, lm.tokenizer.pad_token_id, lm.device)
    lengths = torch.tensor([len(row) for row in rows])
    return ids, (torch.arange(ids.shape[1]) < lengths[:, None]).long()


@contextmanager
def _hooked(lm: LanguageModel, layer: int, hook: Callable[[torch.Tensor], torch.Tensor]):
    handle = hook_block(lm.model, layer, hook)
    try:
        yield
    finally:
        handle.remove()


@dataclass(frozen=True)
class Generated:
    """A greedy output, and how sure the model was of it."""

    text: str
    gap: float
    """Smallest gap between the two best logits at any step."""


@torch.inference_mode()
def generate(
    lm: LanguageModel,
    saes: dict[int, Any],
    feature: Feature | None,
    examples: Sequence[Example],
    new_tokens: int,
) -> list[Generated]:
    """Generate with transformers, a feature counted twice at the last position of every forward.

    The prompts are one batch, padded at the start; None amplifies nothing.
    """
    prompts = encode_prompts(lm.tokenizer, [e.prompt for e in examples])
    ids, mask = pad_left(prompts, lm.tokenizer.pad_token_id, lm.device)
    with _amplified_last(lm, saes, feature):
        out = lm.model.generate(
            input_ids=ids,
            attention_mask=mask,
            do_sample=False,
            max_new_tokens=new_tokens,
            pad_token_id=lm.tokenizer.pad_token_id,
            return_dict_in_generate=True,
            output_logits=True,
        )
    best = torch.stack(out.logits, dim=1).topk(2).values
    gaps = best[..., 0] - best[..., 1]
    tokens = out.sequences[:, ids.shape[1] :].tolist()
    return [_generated(lm, *pair) for pair in zip(tokens, gaps.tolist(), strict=True)]


def _amplified_last(
    lm: LanguageModel, saes: dict[int, Any], feature: Feature | None
) -> AbstractContextManager[None]:
    if feature is None:
        return nullcontext()
    sae = saes[feature.layer]

    def hook(hidden: torch.Tensor) -> torch.Tensor:
        changed = hidden.clone()
        activation = sae.encode(hidden[:, -1])[:, feature.index]
        changed[:, -1] += activation[:, None] * sae.W_dec[feature.index]
        return changed

    return _hooked(lm, feature.layer, hook)


def _generated(lm: LanguageModel, tokens: list[int], gaps: list[float]) -> Generated:
    eos = lm.tokenizer.eos_token_id
    count = tokens.index(eos) + 1 if eos in tokens else len(tokens)
    text = lm.tokenizer.decode(tokens[:count], skip_special_tokens=True).strip()
    return Generated(text, min(gaps[:count]))


@torch.inference_mode()
def log_likelihoods(
    lm: LanguageModel,
    saes: dict[int, Any],
    feature: Feature | None,
    examples: Sequence[Example],
    size: int = 16,
) -> list[float]:
    """Return the mean log-likelihood per response token, a feature counted twice from t* on."""
    prompts = encode_prompts(lm.tokenizer, [e.prompt for e in examples])
    responses = [row.response for row in encode(lm.tokenizer, examples)]
    found: list[float] = []
    for start in range(0, len(examples), size):
        batch = slice(start, start + size)
        ids, mask = _joined(lm, prompts[batch], responses[batch])
        ends = torch.tensor([len(prompt) - 1 for prompt in prompts[batch]])
        from_end = (torch.arange(ids.shape[1]) >= ends[:, None]) & (mask == 1)
        with _amplified_at(lm, saes, feature, from_end):
            logits = lm.model(input_ids=ids, attention_mask=mask).logits
        nats = logits[:, :-1].log_softmax(-1).gather(2, ids[:, 1:, None])[..., 0]
        inside = from_end[:, :-1] & (mask[:, 1:] == 1)
        found += ((nats * inside).sum(dim=1) / inside.sum(dim=1)).tolist()
    return found


def _amplified_at(
    lm: LanguageModel, saes: dict[int, Any], feature: Feature | None, where: torch.Tensor
) -> AbstractContextManager[None]:
    if feature is None:
        return nullcontext()
    sae = saes[feature.layer]

    def hook(hidden: torch.Tensor) -> torch.Tensor:
        changed = hidden.clone()
        activation = sae.encode(hidden[where])[:, feature.index]
        changed[where] += activation[:, None] * sae.W_dec[feature.index]
        return changed

    return _hooked(lm, feature.layer, hook)
