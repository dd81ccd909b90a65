"""What an intervention adds, and where: one arm per feature or random direction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from igds_bench.core.features import Feature
from igds_bench.core.seeding import keyed_uniform
from igds_bench.features.recall import Recalled
from igds_bench.features.suite import FeatureReader, SAESuite
from igds_bench.modeling.capture import hook_block


@dataclass(frozen=True)
class Arm:
    """One way to change the residual stream after a block: ``h' = h + a(h) * direction``."""

    feature: Feature
    """Whose activation scales the direction."""
    is_null: bool = False
    """Whether the direction is a random one of the same norm as the feature's own."""
    seed: int = 0
    """Draws the random direction."""


def make_arms(recalled: Sequence[Recalled], null_directions: int, seed: int) -> list[Arm]:
    """Return an arm per recalled feature, then the null arms.

    Each null arm takes its norm, ``||a_f(h) W_dec[f]||``, from a recalled feature drawn by seed.
    """
    arms = [Arm(found.feature) for found in recalled]
    for draw in range(null_directions):
        place = int(keyed_uniform(seed, "null", draw) * len(recalled))
        arms.append(Arm(recalled[place].feature, is_null=True, seed=seed * 100_003 + draw))
    return arms


@dataclass(frozen=True)
class _LayerArms:
    """The arms of one layer, ready to be applied to rows."""

    reader: FeatureReader
    column: torch.Tensor
    """By arm: which of the reader's features scales it; -1 for arms of other layers."""
    direction: torch.Tensor
    """(arms, d_model); 0 for arms of other layers."""

    def change(self, hidden: torch.Tensor, arm: torch.Tensor) -> torch.Tensor:
        """Return what is added to hidden states (rows, positions, d_model), by each row's arm."""
        activations = self.reader.activations(hidden.float())
        column = self.column[arm].clamp(min=0)[:, None, None]
        own = activations.gather(2, column.expand(-1, hidden.shape[1], 1))
        return (own * self.direction[arm][:, None, :]).to(hidden.dtype)


class Amplifier:
    """Applies arms to a model's forward passes, row by row.

    Args:
        model: a transformers causal LM.
        suite: its SAEs.
        arms: what can be applied; arm number ``len(arms)`` changes nothing.
        device: where the model lies.
    """

    def __init__(
        self, model: Any, suite: SAESuite, arms: Sequence[Arm], device: torch.device
    ) -> None:
        self._model = model
        self._layers = {
            layer: _layer_arms(suite, layer, arms, device)
            for layer in sorted({arm.feature.layer for arm in arms})
        }

    @contextmanager
    def applied(self, rows: RowArms) -> Iterator[None]:
        """Add each row's arm at every position that the model computes inside the block."""
        with ExitStack() as stack:
            for layer, arms in self._layers.items():

                def hook(hidden: torch.Tensor, arms: _LayerArms = arms) -> torch.Tensor:
                    touched = torch.nonzero(arms.column[rows.arm] >= 0).flatten()
                    if len(touched) == 0:
                        return hidden
                    changed = hidden.clone()
                    part = hidden[touched]
                    changed[touched] = part + arms.change(part, rows.arm[touched])
                    return changed

                stack.callback(hook_block(self._model, layer, hook).remove)
            yield


@dataclass
class RowArms:
    """Which arm each row of the running batch has; changed as rows leave the batch."""

    arm: torch.Tensor


def _layer_arms(
    suite: SAESuite, layer: int, arms: Sequence[Arm], device: torch.device
) -> _LayerArms:
    """Load one layer's SAE, keep the features its arms need, and let it go."""
    own = [arm for arm in arms if arm.feature.layer == layer]
    indices = sorted({arm.feature.index for arm in own})
    reader = FeatureReader(suite.load(layer, device), indices)
    column = torch.full((len(arms) + 1,), -1, device=device)
    direction = torch.zeros(len(arms) + 1, reader.directions.shape[1], device=device)
    for number, arm in enumerate(arms):
        if arm.feature.layer == layer:
            place = indices.index(arm.feature.index)
            column[number] = place
            vector = reader.directions[place]
            direction[number] = _random_like(vector, arm.seed) if arm.is_null else vector
    return _LayerArms(reader, column, direction)


def _random_like(vector: torch.Tensor, seed: int) -> torch.Tensor:
    """Return a random direction of the same norm, the same on every device."""
    drawn = torch.randn(vector.shape, generator=torch.Generator().manual_seed(seed))
    return (drawn / drawn.norm()).to(vector) * vector.norm()
