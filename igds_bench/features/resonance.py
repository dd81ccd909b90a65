"""Stage 2 of IGDS: the activation of chosen features at t*, and scores made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from igds_bench.atomic import replacing
from igds_bench.core.features import Feature
from igds_bench.features.saes.reader import FeatureReader
from igds_bench.features.saes.suite import SAESuite
from igds_bench.modeling.capture import Progress, plain_progress, residuals_at_end
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import Prompted

SHARD = 16_384
"""Prompts whose residuals are in memory at a time, and whose results are kept together."""


def feature_activations(
    lm: LanguageModel,
    suite: SAESuite,
    features: Sequence[Feature],
    prompts: Sequence[Prompted],
    progress: Progress = plain_progress,
    folder: Path | None = None,
) -> NDArray[np.float32]:
    """Return the activation of each feature at t*, the last token of each prompt.

    The forward pass stops above the highest layer of the features. Responses play no part.

    Args:
        lm: the model.
        suite: its SAEs.
        features: k features, of any layers.
        prompts: N examples, or plain texts; sliced, never read as a whole.
        progress: shows the batches.
        folder: where finished shards are kept, so that the same call goes on after an
            interruption; None keeps none.

    Returns:
        Array of shape (N prompts, len(features)).
    """
    layers = sorted({feature.layer for feature in features})
    readers = {layer: _reader(suite, layer, features) for layer in layers}

    def read(residuals: torch.Tensor) -> NDArray[np.float32]:
        found = np.empty((len(residuals), len(features)), dtype=np.float32)
        for position, layer in enumerate(layers):
            columns = [i for i, feature in enumerate(features) if feature.layer == layer]
            found[:, columns] = readers[layer].activations(residuals[:, position]).numpy()
        return found

    shards = list(_shards(lm, layers, prompts, read, progress, folder))
    return np.concatenate(shards) if shards else np.empty((0, len(features)), dtype=np.float32)


def _shards(
    lm: LanguageModel,
    layers: Sequence[int],
    prompts: Sequence[Prompted],
    read: Callable[[torch.Tensor], NDArray[np.float32]],
    progress: Progress,
    folder: Path | None,
) -> Iterator[NDArray[np.float32]]:
    """Yield what ``read`` makes of each shard's residuals, (prompts, layers, d_model)."""
    for start in range(0, len(prompts), SHARD):
        place = folder / f"{start:010d}-{SHARD}.npy" if folder else None
        if place is not None and place.exists():
            yield np.load(place)
            continue
        found = read(residuals_at_end(lm, prompts[start : start + SHARD], layers, progress))
        if place is not None:
            with replacing(place) as temporary, temporary.open("wb") as stream:
                np.save(stream, found)
        yield found


def _reader(suite: SAESuite, layer: int, features: Sequence[Feature]) -> FeatureReader:
    indices = [feature.index for feature in features if feature.layer == layer]
    return FeatureReader(suite.load(layer), indices)


def feature_resonance_scores(
    lm: LanguageModel,
    suite: SAESuite,
    features: Sequence[Feature],
    prompts: Sequence[Prompted],
    progress: Progress = plain_progress,
) -> NDArray[np.float64]:
    """Return ``FRS(x) = sum over f in F_task of a_f(x, t*)`` (arXiv 2604.25167, stage 2).

    Returns:
        Array of shape (N prompts,).
    """
    activations = feature_activations(lm, suite, features, prompts, progress)
    return activations.astype(np.float64).sum(axis=1)


def direction_scores(
    lm: LanguageModel,
    layer: int,
    direction: torch.Tensor,
    prompts: Sequence[Prompted],
    progress: Progress = plain_progress,
) -> NDArray[np.float64]:
    """Return the projection of the residual stream at t* on a direction (d_model,), over its norm.

    Returns:
        Array of shape (N prompts,).
    """
    unit = direction / direction.norm()

    def read(residuals: torch.Tensor) -> NDArray[np.float32]:
        found: NDArray[np.float32] = (residuals[:, 0] @ unit).numpy()
        return found

    shards = list(_shards(lm, [layer], prompts, read, progress, None))
    return np.concatenate(shards).astype(np.float64)
