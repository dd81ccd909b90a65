"""Stage 1b of IGDS: what amplifying a feature does to a task's outputs.

An intervention counts a feature twice, ``h' = h + a_f(h) * W_dec[f]``, at the last position of
every forward pass: at t* when the prompt is read, then at every generated token. The prompt before
t* is therefore the same for every feature and for the original run: it is read once per sample, and
the continuations of many features run in one batch on copies of its keys and values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import DynamicCache

from igds_bench.core.data import Example
from igds_bench.core.specs import TaskSpec
from igds_bench.features.arms import Amplifier, Arm, RowArms
from igds_bench.features.shared_cache import copies_of
from igds_bench.features.suite import SAESuite
from igds_bench.modeling.batches import pad_left, pad_right
from igds_bench.modeling.capture import Progress, plain_progress
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode_prompts, encode_responses

ROWS = 256
"""Continuations that run in one batch on a CPU, samples times arms; four times that on a GPU."""
SAMPLES = 64
"""Samples whose prompts are read in one batch."""


@dataclass(frozen=True)
class Effects:
    """What every arm did to every sample; the arms' order is that of the request."""

    metric: NDArray[np.float64] | None
    """(arms, samples): metric of the amplified minus the original output; None if not asked."""
    loglik: NDArray[np.float64]
    """(arms, samples): mean log-likelihood per response token, amplified minus original, nats."""


@dataclass(frozen=True)
class _Prefix:
    """Prompts of some samples, read up to the token before t*."""

    cache: DynamicCache
    mask: torch.Tensor
    """(samples, width - 1): 1 where there is a token."""
    last: torch.Tensor
    """(samples,): the token at t*."""


@torch.inference_mode()
def measure_effects(  # noqa: PLR0913 (what is done to whom, and how it is judged)
    lm: LanguageModel,
    suite: SAESuite,
    arms: Sequence[Arm],
    examples: Sequence[Example],
    task: TaskSpec,
    *,
    max_new_tokens: int | None,
    progress: Progress = plain_progress,
) -> Effects:
    """Amplify each arm on each sample and compare with the original run.

    Args:
        lm: the model.
        suite: its SAEs.
        arms: A features or random directions.
        examples: M samples with reference responses.
        task: gives the metric and the stop texts.
        max_new_tokens: longest generation; None generates nothing and compares log-likelihoods
            alone.
        progress: shows the batches of samples.
    """
    amplifier = Amplifier(lm.model, suite, arms, lm.device)
    prompts = encode_prompts(lm.tokenizer, (e.prompt for e in examples))
    responses = encode_responses(lm.tokenizer, (e.response for e in examples))
    order = sorted(range(len(examples)), key=lambda i: (len(prompts[i]), examples[i].id))
    batches = [order[i : i + SAMPLES] for i in range(0, len(order), SAMPLES)]
    shape = (len(arms) + 1, len(examples))
    loglik, values = np.empty(shape), np.empty(shape)
    for batch in progress(batches, "interventions"):
        prefix = _read_prompts(lm, [prompts[i] for i in batch])
        for numbers in _arm_groups(len(arms) + 1, len(batch), lm.device):
            wanted = [responses[i] for i in batch]
            loglik[np.ix_(numbers, batch)] = _logliks(lm, amplifier, prefix, numbers, wanted)
            if max_new_tokens is not None:
                texts = _generate(lm, amplifier, prefix, numbers, max_new_tokens, task.stop)
                references = [examples[i].response for i in batch]
                values[np.ix_(numbers, batch)] = _score(task, texts, references)
    metric = None if max_new_tokens is None else values[:-1] - values[-1]
    return Effects(metric, loglik[:-1] - loglik[-1])


def _arm_groups(count: int, samples: int, device: torch.device) -> list[list[int]]:
    """Split the arms (the last is the original run) into groups that fill a batch of rows."""
    rows = ROWS if device.type == "cpu" else 4 * ROWS
    size = max(1, rows // samples)
    return [list(range(i, min(i + size, count))) for i in range(0, count, size)]


def _score(task: TaskSpec, texts: list[list[str]], references: list[str]) -> NDArray[np.float64]:
    """Return the metric of every text alone, of shape (arms, samples)."""
    metric = task.metric
    return np.stack([metric.from_sums(metric.statistics(row, references)) for row in texts])


def _read_prompts(lm: LanguageModel, prompts: Sequence[Sequence[int]]) -> _Prefix:
    """Read all tokens before t*, padded at the start so that t* is one column."""
    ids, mask = pad_left(prompts, lm.tokenizer.pad_token_id, lm.device)
    cache = DynamicCache(config=lm.model.config)
    if ids.shape[1] > 1:
        lm.model(
            input_ids=ids[:, :-1],
            attention_mask=mask[:, :-1],
            position_ids=_positions(mask[:, :-1]),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
    return _Prefix(cache, mask[:, :-1], ids[:, -1])


def _positions(mask: torch.Tensor) -> torch.Tensor:
    return (mask.cumsum(dim=1) - 1).clamp(min=0)


def _logliks(
    lm: LanguageModel,
    amplifier: Amplifier,
    prefix: _Prefix,
    numbers: Sequence[int],
    responses: Sequence[Sequence[int]],
) -> NDArray[np.float64]:
    """Return the mean log-likelihood per response token, of shape (arms, samples)."""
    targets = pad_right(responses, lm.tokenizer.pad_token_id, lm.device)
    targets = targets.repeat_interleave(len(numbers), dim=0)
    lengths = torch.tensor([len(r) for r in responses], device=lm.device)
    lengths = lengths.repeat_interleave(len(numbers))
    cache = copies_of(prefix.cache, len(numbers), targets.shape[1])
    mask = prefix.mask.repeat_interleave(len(numbers), dim=0)
    last = prefix.last.repeat_interleave(len(numbers))
    ids = torch.cat([last[:, None], targets[:, :-1]], dim=1)
    mask = torch.cat([mask, torch.ones_like(ids)], dim=1)
    rows = RowArms(torch.tensor(list(numbers), device=lm.device).repeat(len(responses)))
    with amplifier.applied(rows):
        logits = lm.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=_positions(mask)[:, -ids.shape[1] :],
            past_key_values=cache,
            use_cache=True,
        ).logits.float()
    nats = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
    inside = torch.arange(targets.shape[1], device=lm.device) < lengths[:, None]
    means = -(nats * inside).sum(dim=1) / lengths
    return means.double().cpu().numpy().reshape(len(responses), len(numbers)).T


def _generate(
    lm: LanguageModel,
    amplifier: Amplifier,
    prefix: _Prefix,
    numbers: Sequence[int],
    max_new_tokens: int,
    stop: Sequence[str],
) -> list[list[str]]:
    """Generate greedily under each arm; returns texts as [arm][sample]."""
    tokens = generate_tokens(lm, amplifier, prefix, numbers, max_new_tokens)
    texts = [_text(lm, row, stop) for row in tokens]
    return [texts[position :: len(numbers)] for position in range(len(numbers))]


def generate_tokens(
    lm: LanguageModel,
    amplifier: Amplifier,
    prefix: _Prefix,
    numbers: Sequence[int],
    max_new_tokens: int,
) -> list[list[int]]:
    """Return the greedy tokens of every row, sample-major, without the end token.

    Rows leave the batch once they end, as soon as a quarter of it has ended.
    """
    eos = lm.tokenizer.eos_token_id
    cache = copies_of(prefix.cache, len(numbers), max_new_tokens)
    mask = prefix.mask.repeat_interleave(len(numbers), dim=0)
    samples = len(prefix.last)
    rows = RowArms(torch.tensor(list(numbers), device=lm.device).repeat(samples))
    current = prefix.last.repeat_interleave(len(numbers))
    found: list[list[int]] = [[] for _ in range(len(current))]
    alive = torch.arange(len(current), device=lm.device)
    ended = torch.zeros(len(current), dtype=torch.bool, device=lm.device)
    with amplifier.applied(rows):
        for _ in range(max_new_tokens):
            mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
            logits = lm.model(
                input_ids=current[:, None],
                attention_mask=mask,
                position_ids=_positions(mask)[:, -1:],
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits
            current = logits[:, -1].argmax(dim=-1)
            ended = ended | (current == eos)
            for row, token, is_over in zip(
                alive.tolist(), current.tolist(), ended.tolist(), strict=True
            ):
                if not is_over:
                    found[row].append(token)
            if bool(ended.all()):
                break
            if int(ended.sum()) * 4 >= len(ended):
                keep = torch.nonzero(~ended).flatten()
                cache.batch_select_indices(keep)
                mask, current, alive = mask[keep], current[keep], alive[keep]
                rows.arm, ended = rows.arm[keep], ended[keep]
    return found


def _text(lm: LanguageModel, tokens: Sequence[int], stop: Sequence[str]) -> str:
    text = lm.tokenizer.decode(tokens, skip_special_tokens=True)
    for end in stop:
        text = text.split(end, 1)[0]
    return str(text).strip()
