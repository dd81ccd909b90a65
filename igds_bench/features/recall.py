"""Stage 1a of IGDS, frequency recall: which features are active at t* on most samples of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

from igds_bench.core.features import Feature, LayerFit
from igds_bench.core.seeding import keyed_uniform
from igds_bench.errors import DataError
from igds_bench.features.saes.suite import SAESuite
from igds_bench.modeling.capture import Progress, plain_progress, residuals_at_end
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import Prompted


class Recalled(NamedTuple):
    """A feature and the share of samples on which it is active at t*."""

    feature: Feature
    frequency: float


@dataclass(frozen=True)
class Activity:
    """How often each feature of some layers is active at t*, and how well the SAEs fit there."""

    suite: str
    samples: int
    frequencies: dict[int, torch.Tensor]
    """By layer, share of the samples, of shape (d_sae,)."""
    fit: dict[int, tuple[float, float]]
    """By layer: mean number of active features, and explained variance."""

    def recalled(self, tau: float) -> list[Recalled]:
        """Return every feature that is active on at least ``tau`` of the samples, by layer.

        Raises:
            DataError: no feature passes; gives the highest frequency and the ``tau`` that would.
        """
        found = [
            Recalled(Feature(layer, index), float(shares[index]))
            for layer, shares in self.frequencies.items()
            for index in torch.nonzero(shares >= tau - 1e-9).flatten().tolist()
        ]
        if not found:
            highest = max(float(shares.max()) for shares in self.frequencies.values())
            raise DataError(
                f"no feature of SAE suite '{self.suite}' is active at t* on {tau:.0%} of "
                f"{self.samples} samples; the most frequent one is on {highest:.1%}"
                + (f", so `tau: {_floor(highest)}` or lower would pass." if highest else ".")
            )
        return found

    def recalled_or_none(self, tau: float) -> list[Recalled]:
        """Return what ``recalled`` does, or nothing where no feature passes."""
        try:
            return self.recalled(tau)
        except DataError:
            return []

    def drawn(self, count: int, seed: int) -> list[Recalled]:
        """Return ``count`` features drawn from all, whatever their frequency."""
        places = [
            (keyed_uniform(seed, "any feature", layer, index), layer, index)
            for layer, shares in self.frequencies.items()
            for index in range(len(shares))
        ]
        return [
            Recalled(Feature(layer, index), float(self.frequencies[layer][index]))
            for _, layer, index in sorted(places)[:count]
        ]

    def layer_fits(self, recalled: Sequence[Recalled]) -> tuple[LayerFit, ...]:
        """Return the fit of each layer's SAE, with its number of recalled features."""
        counts = [found.feature.layer for found in recalled]
        return tuple(
            LayerFit(
                layer=layer, l0=l0, explained_variance=explained, candidates=counts.count(layer)
            )
            for layer, (l0, explained) in self.fit.items()
        )


def _floor(share: float) -> str:
    """Write a share with three digits that is not above it."""
    return f"{int(share * 1000) / 1000:g}"


def measure_activity(
    lm: LanguageModel,
    suite: SAESuite,
    prompts: Sequence[Prompted],
    layers: Sequence[int] | None = None,
    progress: Progress = plain_progress,
) -> Activity:
    """Measure all features of all layers (or of some) at t* of N prompts.

    One forward pass gives the residuals of all layers; one SAE at a time reads them.
    """
    chosen = suite.layers if layers is None else layers
    residuals = residuals_at_end(lm, prompts, chosen, progress)
    frequencies, fit = {}, {}
    for position, layer in enumerate(progress(chosen, "recall by layer")):
        frequencies[layer], fit[layer] = _read(suite, layer, residuals[:, position])
    return Activity(suite.spec.name, len(prompts), frequencies, fit)


@torch.inference_mode()
def _read(
    suite: SAESuite, layer: int, residuals: torch.Tensor
) -> tuple[torch.Tensor, tuple[float, float]]:
    """Return frequencies (d_sae,), mean L0 and explained variance on residuals (N, d_model)."""
    sae = suite.load(layer)
    active = torch.zeros(sae.cfg.d_sae)
    error = 0.0
    for rows in residuals.split(256):
        acts = sae.encode(rows)
        active += (acts > 0).sum(dim=0)
        error += float((rows - sae.decode(acts)).square().sum())
    spread = float((residuals - residuals.mean(dim=0)).square().sum())
    explained = 1 - error / spread if spread else float("nan")
    return active / len(residuals), (float(active.sum() / len(residuals)), explained)


def recall_features(
    lm: LanguageModel,
    suite: SAESuite,
    prompts: Sequence[Prompted],
    tau: float,
    progress: Progress = plain_progress,
) -> list[Recalled]:
    """Return every feature of every layer that is active on at least ``tau`` of the prompts.

    ``C_cand = {(l, p) : share of samples with a_{l,p}(x, t*) > 0  >=  tau}`` (arXiv 2604.25167,
    stage 1a).

    Raises:
        DataError: no feature passes; gives the highest frequency and the ``tau`` that would pass.
    """
    return measure_activity(lm, suite, prompts, progress=progress).recalled(tau)
