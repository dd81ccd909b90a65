"""Ways to measure fewer interventions, both off by default: racing and attribution patching.

Neither is exact, so some of the candidates that a shortcut drops are measured in full all the same:
the audit says how many of them belong to the exact top k.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from igds_bench.core.data import Example
from igds_bench.core.features import Feature, FeatureSettings, Shortcut
from igds_bench.core.seeding import keyed_order
from igds_bench.features.candidates import paired_interval
from igds_bench.features.recall import Recalled
from igds_bench.features.saes.reader import FeatureReader
from igds_bench.features.saes.suite import SAESuite
from igds_bench.modeling.batches import length_batches, pad_right, token_limit
from igds_bench.modeling.capture import hook_block
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import encode

LEVEL = 0.99
"""Confidence of the intervals that racing compares."""
BACKWARD_SHARE = 4
"""A batch with gradients has this many times fewer tokens than one without."""


def audited(features: Sequence[Feature], settings: FeatureSettings) -> set[Feature]:
    """Return the candidates that are measured in full even where a shortcut drops them.

    Drawn before anything is measured: ``audit`` of them, by seed.
    """
    by_name = {str(feature): feature for feature in features}
    drawn = keyed_order(by_name, settings.seed, "audit")[: settings.audit]
    return {by_name[name] for name in drawn}


class Race:
    """Drops candidates whose Delta can hardly come among the top k any more.

    After each batch of samples a candidate goes when the upper end of its interval is below the
    k-th highest lower end.

    Args:
        count: candidates; arms behind them (random directions) are never dropped.
        arms: number of all arms.
        k: size of F_task.
        sign: 1 where a higher value of the judged quantity is better, else -1.
        spared: candidates that go on even where they have lost.
    """

    def __init__(self, count: int, arms: int, k: int, sign: float, spared: set[int]) -> None:
        self._count, self._arms, self._k, self._sign = count, arms, k, sign
        self._spared = spared
        self.lost: set[int] = set()

    def survivors(self, judged: NDArray[np.float64], samples: Sequence[int]) -> list[int]:
        """Return the numbers of the arms to go on with.

        Args:
            judged: (arms, samples), NaN where not measured.
            samples: the samples measured so far.
        """
        alive = [number for number in range(self._count) if number not in self.lost]
        ends = {}
        for number in alive:
            _, _, low, high = paired_interval(self._sign * judged[number, list(samples)], LEVEL)
            ends[number] = low, high
        if len(alive) > self._k:
            mark = sorted((low for low, _ in ends.values()), reverse=True)[self._k - 1]
            self.lost |= {number for number, (_, high) in ends.items() if high < mark}
        going = [n for n in range(self._count) if n not in self.lost or n in self._spared]
        return [*going, *range(self._count, self._arms)]


def by_attribution(
    lm: LanguageModel,
    suite: SAESuite,
    recalled: Sequence[Recalled],
    examples: Sequence[Example],
    settings: FeatureSettings,
) -> tuple[list[Recalled], int]:
    """Keep the share of candidates with the highest attribution, and the audited ones.

    Returns:
        The candidates to measure, the kept ones first, and how many of them are kept.
    """
    assert settings.attribution is not None
    scores = attribution_scores(lm, suite, [found.feature for found in recalled], examples)
    count = max(settings.top_features, math.ceil(settings.attribution * len(recalled)))
    order = sorted(range(len(recalled)), key=lambda i: -scores[i])
    kept, dropped = order[:count], order[count:]
    audit = audited([recalled[i].feature for i in dropped], settings)
    extra = [i for i in dropped if recalled[i].feature in audit]
    return [recalled[i] for i in [*kept, *extra]], len(kept)


def attribution_scores(
    lm: LanguageModel,
    suite: SAESuite,
    features: Sequence[Feature],
    examples: Sequence[Example],
) -> NDArray[np.float64]:
    """Return a first-order estimate of each feature's log-likelihood Delta (attribution patching).

    One backward pass gives ``sum over positions from t* on of grad . (a_f(h) W_dec[f])`` for all
    features (Syed et al., arXiv 2310.10348), of the mean log-likelihood per response token.

    Returns:
        Array of shape (features,): means over the examples, in nats per token.
    """
    layers = sorted({feature.layer for feature in features})
    readers = {}
    for layer in layers:
        indices = [feature.index for feature in features if feature.layer == layer]
        readers[layer] = FeatureReader(suite.load(layer, lm.device), indices)
    pairs = [(row.prompt, row.response) for row in encode(lm.tokenizer, examples)]
    total: dict[int, Any] = dict.fromkeys(layers, 0.0)
    lengths = [len(p) + len(r) for p, r in pairs]
    for batch in length_batches(lengths, token_limit(lm, with_logits=True) // BACKWARD_SHARE):
        for layer, values in _attributions(lm, readers, [pairs[i] for i in batch]).items():
            total[layer] = total[layer] + values
    found = np.empty(len(features))
    for layer in layers:
        places = [i for i, feature in enumerate(features) if feature.layer == layer]
        found[places] = np.asarray(total[layer]) / len(examples)
    return found


def _attributions(
    lm: LanguageModel,
    readers: dict[int, FeatureReader],
    pairs: Sequence[tuple[list[int], list[int]]],
) -> dict[int, NDArray[np.float64]]:
    """Return the sums over a batch by layer, each of shape (features of the layer,)."""
    ids = pad_right([[*p, *r] for p, r in pairs], lm.tokenizer.pad_token_id, lm.device)
    starts = torch.tensor([len(p) - 1 for p, _ in pairs], device=lm.device)
    ends = torch.tensor([len(p) + len(r) - 1 for p, r in pairs], device=lm.device)
    places = torch.arange(ids.shape[1] - 1, device=lm.device)
    inside = (places >= starts[:, None]) & (places < ends[:, None])
    found = {}
    for layer, stream in _streams_with_gradients(lm, list(readers), ids, inside).items():
        reader = readers[layer]
        assert stream.grad is not None
        pull = stream.grad[:, :-1].float() @ reader.directions.T
        effect = reader.activations(stream.detach()[:, :-1].float()) * pull
        found[layer] = (effect * inside[..., None]).sum(dim=(0, 1)).double().cpu().numpy()
    return found


def _streams_with_gradients(
    lm: LanguageModel, layers: Sequence[int], ids: torch.Tensor, inside: torch.Tensor
) -> dict[int, torch.Tensor]:
    """Return the stream after each layer, with the gradient of the mean log-likelihood in it."""
    streams: dict[int, torch.Tensor] = {}

    def keep(layer: int, hidden: torch.Tensor) -> torch.Tensor:
        # Below the lowest layer nothing needs a gradient.
        stream = hidden if streams else hidden.detach().requires_grad_()
        stream.retain_grad()
        streams[layer] = stream
        return stream

    with ExitStack() as stack, torch.enable_grad():
        for layer in layers:
            stack.callback(hook_block(lm.model, layer, partial(keep, layer)).remove)
        logits = lm.model(input_ids=ids, use_cache=False).logits[:, :-1].float()
        nats = torch.nn.functional.cross_entropy(
            logits.transpose(1, 2), ids[:, 1:], reduction="none"
        )
        (-(nats * inside).sum(dim=1) / inside.sum(dim=1)).sum().backward()
    return streams


def report(
    kind: str, judged: NDArray[np.float64], kept: int, recalled: int, k: int, audit: set[int]
) -> Shortcut:
    """Say what a shortcut left out.

    Args:
        kind: ``racing``, ``attribution`` or both.
        judged: (candidates, samples), higher is better, NaN where not measured.
        kept: candidates that no shortcut dropped.
        recalled: candidates that recall found, measured or not.
        k: size of F_task.
        audit: numbers of the dropped candidates that were measured in full.
    """
    whole = [n for n in range(len(judged)) if not np.isnan(judged[n]).any()]
    best = sorted(whole, key=lambda number: -judged[number].mean())[:k]
    measured = int((~np.isnan(judged)).sum())
    return Shortcut(
        kind=kind,
        dropped=recalled - kept,
        audited=len(audit),
        missed=sum(number in audit for number in best),
        spared=1 - measured / (recalled * judged.shape[1]),
    )
