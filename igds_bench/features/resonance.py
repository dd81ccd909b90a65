"""Stage 2 of IGDS: the Feature-Resonant Score of every example of a pool."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from igds_bench.core.features import Feature
from igds_bench.features.suite import FeatureReader, SAESuite
from igds_bench.modeling.capture import Progress, plain_progress, residuals_at_end
from igds_bench.modeling.load import LanguageModel

SHARD = 16_384
"""Prompts whose residuals are in memory at a time."""


def feature_activations(
    lm: LanguageModel,
    suite: SAESuite,
    features: Sequence[Feature],
    prompts: Sequence[str],
    progress: Progress = plain_progress,
) -> NDArray[np.float32]:
    """Return the activation of each feature at t*, the last token of each prompt.

    The forward pass stops above the highest layer of the features. Responses play no part.

    Returns:
        Array of shape (N prompts, len(features)).
    """
    layers = sorted({feature.layer for feature in features})
    readers = {layer: _reader(suite, layer, features) for layer in layers}
    found = np.empty((len(prompts), len(features)), dtype=np.float32)
    for start in range(0, len(prompts), SHARD):
        shard = prompts[start : start + SHARD]
        residuals = residuals_at_end(lm, shard, layers, progress)
        for position, layer in enumerate(layers):
            columns = [i for i, feature in enumerate(features) if feature.layer == layer]
            values = readers[layer].activations(residuals[:, position])
            found[start : start + len(shard), columns] = values.cpu().numpy()
    return found


def _reader(suite: SAESuite, layer: int, features: Sequence[Feature]) -> FeatureReader:
    indices = [feature.index for feature in features if feature.layer == layer]
    return FeatureReader(suite.load(layer), indices)


def feature_resonance_scores(
    lm: LanguageModel,
    suite: SAESuite,
    features: Sequence[Feature],
    prompts: Sequence[str],
    progress: Progress = plain_progress,
) -> NDArray[np.float64]:
    """Return ``FRS(x) = sum over f in F_task of a_f(x, t*)`` (arXiv 2604.25167, stage 2).

    Returns:
        Array of shape (N prompts,).
    """
    activations = feature_activations(lm, suite, features, prompts, progress)
    return activations.astype(np.float64).sum(axis=1)
