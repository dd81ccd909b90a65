"""Cross-entropy of responses given their prompts."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch
from torch.nn.functional import cross_entropy

from igds_bench.core.data import Example
from igds_bench.core.protocols import ResponseLoss
from igds_bench.modeling.batches import length_batches, pad_right, token_limit
from igds_bench.modeling.capture import Progress, plain_progress
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode_prompts, encode_responses

log = logging.getLogger(__name__)


@torch.inference_mode()
def response_losses(
    lm: LanguageModel,
    examples: Sequence[Example],
    progress: Progress = plain_progress,
    batch_tokens: int | None = None,
) -> dict[str, ResponseLoss]:
    """Return the loss of every response, by example id.

    The sum over the response's tokens, its end token included, in nats. Logits are computed from
    the first response position of a batch on. Where an example is longer than the context, its
    prompt loses tokens at the start, which is logged.
    """
    prompts = encode_prompts(lm.tokenizer, (e.prompt for e in examples))
    responses = encode_responses(lm.tokenizer, (e.response for e in examples))
    pairs = [_fit(p, r, lm.context_length) for p, r in zip(prompts, responses, strict=True)]
    cut = sum(len(p) < len(whole) for (p, _), whole in zip(pairs, prompts, strict=True))
    if cut:
        log.warning("%d of %d prompts were cut to fit the context", cut, len(pairs))
    lengths = [len(p) + len(r) for p, r in pairs]
    found: dict[str, ResponseLoss] = {}
    batches = list(length_batches(lengths, batch_tokens or token_limit(lm, with_logits=True)))
    for batch in progress(batches, "loss of every response"):
        sums = _batch_losses(lm, [pairs[i] for i in batch])
        for position, total in zip(batch, sums, strict=True):
            found[examples[position].id] = ResponseLoss(total, len(pairs[position][1]))
    return {example.id: found[example.id] for example in examples}


def _fit(prompt: list[int], response: list[int], context: int) -> tuple[list[int], list[int]]:
    """Cut a prompt at its start, then a response at its end, so that both fit the context."""
    response = response[: context - 1]
    room = context - len(response)
    return prompt[-room:], response


def _batch_losses(lm: LanguageModel, pairs: Sequence[tuple[list[int], list[int]]]) -> list[float]:
    ids = pad_right([[*p, *r] for p, r in pairs], lm.tokenizer.pad_token_id, lm.device)
    starts = torch.tensor([len(p) for p, _ in pairs], device=lm.device)
    ends = torch.tensor([len(p) + len(r) for p, r in pairs], device=lm.device)
    width = ids.shape[1]
    keep = width - int(starts.min()) + 1
    logits = lm.model(input_ids=ids, use_cache=False, logits_to_keep=keep).logits.float()
    targets = ids[:, width - keep + 1 :]
    nats = cross_entropy(logits[:, :-1].transpose(1, 2), targets, reduction="none")
    positions = torch.arange(width - keep + 1, width, device=lm.device)
    inside = (positions >= starts[:, None]) & (positions < ends[:, None])
    totals: list[float] = (nats * inside).sum(dim=1).tolist()
    return totals
