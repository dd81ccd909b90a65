"""What an intervention adds, and where: one arm per feature or random direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from igds_bench.core.features import Feature
from igds_bench.core.seeding import keyed_uniform
from igds_bench.features.saes.reader import FeatureReader
from igds_bench.features.saes.suite import SAESuite


@dataclass(frozen=True)
class Arm:
    """One way to change the residual stream after a block: ``h' = h + m * a(h) * direction``."""

    feature: Feature
    """Whose activation scales the direction."""
    is_null: bool = False
    """Whether the direction is a random one of the same norm as the feature's own."""
    seed: int = 0
    """Draws the random direction."""
    multiplier: float = 1.0
    """m; 1 counts the feature twice, as the paper does."""


def feature_arms(
    features: Sequence[Feature], multiplier: float = 1.0, random_seed: int | None = None
) -> list[Arm]:
    """Return an arm per feature; with ``random_seed`` each along a random direction of its norm."""
    arms = [Arm(feature, multiplier=multiplier) for feature in features]
    if random_seed is None:
        return arms
    return [
        replace(arm, is_null=True, seed=_direction_seed(random_seed, "arm", *_place(arm)))
        for arm in arms
    ]


def null_arms(
    features: Sequence[Feature], count: int, seed: int, multiplier: float = 1.0
) -> list[Arm]:
    """Return arms along random directions.

    Each takes its norm, ``||a_f(h) W_dec[f]||``, from a feature drawn by seed.
    """
    return [
        Arm(
            features[int(keyed_uniform(seed, "null", draw) * len(features))],
            is_null=True,
            seed=_direction_seed(seed, "direction", draw),
            multiplier=multiplier,
        )
        for draw in range(count)
    ]


def _place(arm: Arm) -> tuple[int, int]:
    return arm.feature.layer, arm.feature.index


def _direction_seed(seed: int, *parts: object) -> int:
    return int(keyed_uniform(seed, *parts) * 2**53)


@dataclass(frozen=True)
class LayerArms:
    """The arms of one layer, ready to be applied to rows."""

    layer: int
    numbers: tuple[int, ...]
    """Which arms of the request these are."""
    reader: FeatureReader
    column: torch.Tensor
    """(A,): which of the reader's features scales each arm."""
    direction: torch.Tensor
    """(A, d_model): what an activation of 1 adds, the multiplier included."""

    def strengths(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return every arm's activation (..., A) on hidden states (..., d_model)."""
        return self.reader.activations(hidden.float())[..., self.column]

    def change(self, hidden: torch.Tensor, arm: torch.Tensor) -> torch.Tensor:
        """Return what is added to hidden states (R, positions, d_model), by each row's arm (R,)."""
        activations = self.reader.activations(hidden.float())
        column = self.column[arm][:, None, None].expand(-1, hidden.shape[1], 1)
        own = activations.gather(2, column)
        return (own * self.direction[arm][:, None, :]).to(hidden.dtype)


def arms_by_layer(suite: SAESuite, arms: Sequence[Arm], device: torch.device) -> list[LayerArms]:
    """Make the arms ready, layer by layer; of each SAE only the features that arms need stay."""
    layers = sorted({arm.feature.layer for arm in arms})
    return [_of_layer(suite, layer, arms, device) for layer in layers]


def _of_layer(suite: SAESuite, layer: int, arms: Sequence[Arm], device: torch.device) -> LayerArms:
    numbers = tuple(i for i, arm in enumerate(arms) if arm.feature.layer == layer)
    indices = sorted({arms[i].feature.index for i in numbers})
    reader = FeatureReader(suite.load(layer, device), indices)
    places = [indices.index(arms[i].feature.index) for i in numbers]
    directions = [
        _direction(reader.directions[place], arms[i])
        for place, i in zip(places, numbers, strict=True)
    ]
    column = torch.tensor(places, device=device)
    return LayerArms(layer, numbers, reader, column, torch.stack(directions))


def _direction(own: torch.Tensor, arm: Arm) -> torch.Tensor:
    """Return an arm's direction; a random one is the same on every device."""
    if not arm.is_null:
        return own * arm.multiplier
    drawn = torch.randn(own.shape, generator=torch.Generator().manual_seed(arm.seed))
    return (drawn / drawn.norm()).to(own) * own.norm() * arm.multiplier
