"""Stage 1b of IGDS: what amplifying a feature does to a task's outputs.

An intervention counts a feature twice, ``h' = h + a_f(h) * W_dec[f]``, at the last position of
every forward pass: at t* when the prompt is read, then at every generated token. The prompt before
t* is therefore the same for every feature and for the original run: it is read once per sample.
On one text, the blocks up to the feature's layer are the same as well (``trunk``); outputs are
checked against the original's before they are generated (``generation``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from igds_bench.core.data import Example
from igds_bench.core.specs import TaskSpec
from igds_bench.features.interventions.arms import Arm, LayerArms, arms_by_layer
from igds_bench.features.interventions.generation import (
    amplified_outputs,
    original_outputs,
    rows_per_batch,
)
from igds_bench.features.interventions.joint_attention import sharing
from igds_bench.features.interventions.shared_prefix import Prefix, read_prefix
from igds_bench.features.interventions.trunk import (
    Trunk,
    active_branches,
    chunks,
    run_branches,
    run_trunk,
)
from igds_bench.features.saes.suite import SAESuite
from igds_bench.modeling.capture import Progress, plain_progress
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode

SAMPLES = 64
"""Samples whose prompts are read in one batch."""
Survivors = Callable[["Effects", Sequence[int]], Sequence[int]]
"""Given what was measured and on which samples: numbers of the arms to go on with."""


@dataclass(frozen=True)
class Effects:
    """What every arm did to every sample; the arms' order is that of the request."""

    metric: NDArray[np.float64] | None
    """(arms, samples): metric of the amplified minus the original output; None if not asked, NaN
    where an arm was dropped before."""
    loglik: NDArray[np.float64] | None
    """(arms, samples): mean log-likelihood per response token, amplified minus original, nats."""
    texts: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    """Outputs as [arm][sample], the original's last; empty unless the metric was asked for."""


@dataclass(frozen=True)
class Measure:
    """What is compared with the original run."""

    task: TaskSpec
    """Gives the metric and the stop texts."""
    max_new_tokens: int | None = None
    """Longest output; None generates nothing, so that there is no metric."""
    with_loglik: bool = True
    """Whether the reference responses' log-likelihoods are compared."""
    survivors: Survivors | None = None
    """Asked after every batch of samples which arms to go on with; samples then come in the order
    given, else by length."""


@torch.inference_mode()
def measure_effects(
    lm: LanguageModel,
    suite: SAESuite,
    arms: Sequence[Arm],
    examples: Sequence[Example],
    measure: Measure,
    progress: Progress = plain_progress,
) -> Effects:
    """Amplify each arm on each sample and compare with the original run.

    Args:
        lm: the model.
        suite: its SAEs.
        arms: A features or random directions.
        examples: M samples with reference responses.
        measure: what is compared.
        progress: shows the batches of samples.
    """
    layers = arms_by_layer(suite, arms, lm.device)
    rows = encode(lm.tokenizer, examples)
    prompts, lengths = [row.prompt for row in rows], [len(row.response) for row in rows]
    table = _Table.empty(len(arms), len(examples))
    wanted: Sequence[int] = range(len(arms))
    done: list[int] = []
    for batch in progress(list(_batches(lm, prompts, measure)), "interventions"):
        batch = sorted(batch, key=lambda i: (lengths[i], i))  # so that rows side by side fit
        # What is amplified begins at t*: up to the token before, every arm reads the same.
        prefix = read_prefix(lm, [prompts[i] for i in batch])
        samples = [examples[i] for i in batch]
        with sharing(lm):
            if measure.with_loglik:
                table.loglik[:, batch] = _logliks(lm, prefix, samples, layers, wanted)
            if measure.max_new_tokens is not None:
                texts = _texts(lm, prefix, layers, wanted, measure)
                table.note(batch, texts, _score(measure.task, texts, samples))
        done += batch
        if measure.survivors is not None:
            wanted = measure.survivors(table.effects(measure), done)
    return table.effects(measure)


@dataclass
class _Table:
    """Values by arm (the original run last) and sample; NaN until measured."""

    metric: NDArray[np.float64]
    loglik: NDArray[np.float64]
    texts: list[list[str]]

    @classmethod
    def empty(cls, arms: int, samples: int) -> _Table:
        """Return a table in which nothing is measured."""
        blank = np.full((arms + 1, samples), np.nan)
        return cls(blank, blank.copy(), [[""] * samples for _ in range(arms + 1)])

    def note(
        self, batch: Sequence[int], texts: dict[int, list[str]], values: dict[int, list[float]]
    ) -> None:
        """Enter the outputs of some samples and their metric, by number of the arm."""
        for number in texts:
            self.metric[number, batch] = values[number]
            for sample, text in zip(batch, texts[number], strict=True):
                self.texts[number][sample] = text

    def effects(self, measure: Measure) -> Effects:
        """Return amplified minus original."""
        generated = measure.max_new_tokens is not None
        return Effects(
            self.metric[:-1] - self.metric[-1] if generated else None,
            self.loglik[:-1] - self.loglik[-1] if measure.with_loglik else None,
            tuple(tuple(row) for row in self.texts) if generated else (),
        )


def _batches(
    lm: LanguageModel, prompts: Sequence[Sequence[int]], measure: Measure
) -> Iterator[list[int]]:
    """Split samples into batches of like length, or of the order given."""
    order, in_order = list(range(len(prompts))), measure.survivors is not None
    if not in_order:
        order.sort(key=lambda i: (len(prompts[i]), i))
    size = min(SAMPLES, rows_per_batch(lm, max(measure.max_new_tokens or 1, 64)))
    size = max(1, min(size, len(order) // 4)) if in_order else size
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _score(
    task: TaskSpec, texts: dict[int, list[str]], samples: Sequence[Example]
) -> dict[int, list[float]]:
    """Return the metric of every text by itself, by number of the arm; equal texts once."""
    given = list(
        dict.fromkeys(
            (text, example.reference, example.prompt)
            for row in texts.values()
            for text, example in zip(row, samples, strict=True)
        )
    )
    sums = task.metric.measure(
        [text for text, _, _ in given], [ref for _, ref, _ in given], [p for _, _, p in given]
    )
    known = dict(zip(given, task.metric.from_sums(sums).tolist(), strict=True))
    return {
        number: [known[text, e.reference, e.prompt] for text, e in zip(row, samples, strict=True)]
        for number, row in texts.items()
    }


def _texts(
    lm: LanguageModel,
    prefix: Prefix,
    layers: Sequence[LayerArms],
    wanted: Sequence[int],
    measure: Measure,
) -> dict[int, list[str]]:
    """Return the outputs by number of the arm; the original's number is -1."""
    assert measure.max_new_tokens is not None
    originals = original_outputs(lm, prefix, measure.max_new_tokens)
    found = {-1: originals}
    found |= amplified_outputs(lm, prefix, originals, layers, wanted, measure.max_new_tokens)
    return {
        number: [_text(lm, tokens, measure.task.stop) for tokens in rows]
        for number, rows in found.items()
    }


def _text(lm: LanguageModel, tokens: Sequence[int], stop: Sequence[str]) -> str:
    text = lm.tokenizer.decode(tokens, skip_special_tokens=True)
    for end in stop:
        text = text.split(end, 1)[0]
    return str(text).strip()


def _logliks(
    lm: LanguageModel,
    prefix: Prefix,
    samples: Sequence[Example],
    layers: Sequence[LayerArms],
    wanted: Sequence[int],
) -> NDArray[np.float64]:
    """Return the mean log-likelihood per response token, (arms + 1, samples), original last."""
    responses = [row.response for row in encode(lm.tokenizer, samples)]
    trunk = run_trunk(lm, prefix, responses, [layer.layer for layer in layers])
    everyone = torch.arange(len(samples), device=lm.device)
    original = _mean_logliks(trunk.logits, trunk, everyone)
    count = sum(len(layer.numbers) for layer in layers)
    found = np.full((count + 1, len(samples)), np.nan)
    found[[*wanted, -1]] = original
    for layer in layers:
        own = [place for place, number in enumerate(layer.numbers) if number in set(wanted)]
        branches, strengths = active_branches(trunk, layer, own)
        for part in chunks(branches, rows_per_batch(lm, trunk.ids.shape[1])):
            run = run_branches(lm, trunk, layer, part, strengths)
            numbers = np.asarray(layer.numbers)[part.arm.cpu().numpy()]
            values = _mean_logliks(run.logits, trunk, part.sample)
            found[numbers, part.sample.cpu().numpy()] = values
    return found


def _mean_logliks(logits: torch.Tensor, trunk: Trunk, sample: torch.Tensor) -> NDArray[np.float64]:
    """Return the mean over a text's tokens of their log-likelihood, by row, in nats."""
    width = logits.shape[1]
    targets, valid = trunk.targets[sample, :width], trunk.valid[sample, :width]
    nats = torch.nn.functional.cross_entropy(
        logits.float().transpose(1, 2), targets, reduction="none"
    )
    means = -(nats * valid).sum(dim=1) / valid.sum(dim=1)
    return means.double().cpu().numpy()
