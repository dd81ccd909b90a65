"""Stage 1a of IGDS, frequency recall: which features are active at t* on most samples of a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from igds_bench.core.features import Feature
from igds_bench.errors import DataError
from igds_bench.features.suite import SAESuite
from igds_bench.modeling.capture import Progress, plain_progress, residuals_at_end
from igds_bench.modeling.load import LanguageModel


class Recalled(NamedTuple):
    """A feature and the share of samples on which it is active at t*."""

    feature: Feature
    frequency: float


def recall_features(
    lm: LanguageModel,
    suite: SAESuite,
    prompts: Sequence[str],
    tau: float,
    progress: Progress = plain_progress,
) -> list[Recalled]:
    """Return every feature of every layer that is active on at least ``tau`` of the prompts.

    ``C_cand = {(l, p) : share of samples with a_{l,p}(x, t*) > 0  >=  tau}`` (arXiv 2604.25167,
    stage 1a). One forward pass gives the residuals of all layers; one SAE at a time reads them.

    Raises:
        DataError: no feature passes; gives the highest frequency and the ``tau`` that would pass.
    """
    residuals = residuals_at_end(lm, prompts, suite.layers, progress)
    found: list[Recalled] = []
    highest = 0.0
    for position, layer in enumerate(progress(suite.layers, "recall by layer")):
        frequencies = _frequencies(suite, layer, residuals[:, position])
        highest = max(highest, float(frequencies.max()))
        passing = torch.nonzero(frequencies >= tau - 1e-9).flatten().tolist()
        found += [Recalled(Feature(layer, i), float(frequencies[i])) for i in passing]
    if not found:
        raise DataError(
            f"no feature of SAE suite '{suite.spec.name}' is active at t* on {tau:.0%} of "
            f"{len(prompts)} samples; the most frequent one is on {highest:.1%}, so "
            f"`tau: {highest:.3g}` or lower would pass."
        )
    return found


@torch.inference_mode()
def _frequencies(suite: SAESuite, layer: int, residuals: torch.Tensor) -> torch.Tensor:
    """Return the share of rows on which each feature is active, of shape (d_sae,)."""
    sae = suite.load(layer)
    active = torch.zeros(sae.cfg.d_sae)
    for rows in residuals.split(256):
        active += (sae.encode(rows) > 0).sum(dim=0)
    return active / len(residuals)
