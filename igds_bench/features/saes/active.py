"""Which SAE features are active anywhere in an example."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from igds_bench.errors import ModelError
from igds_bench.features.saes.suite import SAESuite
from igds_bench.features.saes.text import data_positions
from igds_bench.modeling.forward import Batch, Place, Rows

TOKENS = 2048
"""Tokens that are encoded together."""


class ActiveFeatureReader:
    """Indices of the features above a threshold at any token of prompt or response.

    What the tokenizer puts before a text, or the first token where it puts nothing there, is no
    data: its state is the same in every example, and far from all that SAEs are trained on.

    Args:
        suite: the model's SAEs.
        layer: block after which the stream is read; None takes the middle of the suite's layers.
        threshold: what an activation must exceed.
        tokenizer: the model's.
        device: where the SAE computes.

    Raises:
        ModelError: the suite has no SAE of that layer.
    """

    dtype = "int32"

    def __init__(
        self,
        suite: SAESuite,
        layer: int | None,
        threshold: float,
        tokenizer: Any,
        device: torch.device | str = "cpu",
    ) -> None:
        chosen = suite.layers[len(suite.layers) // 2] if layer is None else layer
        if chosen not in suite.layers:
            raise ModelError(
                f"SAE suite '{suite.spec.name}' has no layer {chosen}: its layers are "
                f"{', '.join(map(str, suite.layers))}."
            )
        self.place: Place = chosen
        self._sae = suite.load(chosen, device)
        self._threshold, self._tokenizer = threshold, tokenizer

    def read(self, states: torch.Tensor, batch: Batch) -> Rows:
        """Return the indices of each example's active features, ascending."""
        places = torch.arange(states.shape[1], device=states.device)
        inside = data_positions(self._tokenizer, batch.ids) & (places < batch.ends[:, None])
        rows = torch.arange(len(states), device=states.device)[:, None].expand_as(inside)[inside]
        tokens = states[inside].float()
        active = torch.zeros(len(states), self._sae.cfg.d_sae, dtype=torch.bool)
        active = active.to(states.device)
        for start in range(0, len(tokens), TOKENS):
            part = slice(start, start + TOKENS)
            example, feature = (self._sae.encode(tokens[part]) > self._threshold).nonzero().T
            active[rows[part][example], feature] = True
        return [np.flatnonzero(row).astype(np.int32) for row in active.cpu().numpy()]
