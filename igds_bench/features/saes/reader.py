"""Read chosen features of one SAE, and the directions that they write to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

ELEMENTWISE = ("standard", "jumprelu", "gated")
"""Architectures whose activation of one feature needs no other feature."""
_BY_FEATURE = {"W_enc": 1, "W_dec": 0, "b_enc": 0, "threshold": 0, "b_gate": 0, "b_mag": 0}
_BY_FEATURE |= {"r_mag": 0}
"""Axis that runs over features, by parameter."""


class FeatureReader:
    """Reads chosen features of one SAE, and knows the direction each writes to.

    Where the activation is elementwise, only the chosen columns are kept: a narrow SAE of the same
    class computes them with sae-lens's own code. Otherwise (TopK) the whole SAE encodes.

    Args:
        sae: a loaded SAE.
        indices: features, in the order of the results.
    """

    def __init__(self, sae: Any, indices: Sequence[int]) -> None:
        if sae.cfg.architecture() in ELEMENTWISE:
            self._sae, self._columns = _narrow(sae, indices), None
        else:
            self._sae = sae
            self._columns = torch.tensor(list(indices), device=sae.W_dec.device)
        self.directions = _directions(self._sae, self._columns)
        """What an activation of 1 adds to the residual stream: (features, d_model)."""

    @torch.inference_mode()
    def activations(self, residuals: torch.Tensor) -> torch.Tensor:
        """Return activations of shape (..., features) for residuals of shape (..., d_model)."""
        encoded: torch.Tensor = self._sae.encode(residuals.to(self.directions))
        return encoded if self._columns is None else encoded[..., self._columns]


def _narrow(sae: Any, indices: Sequence[int]) -> Any:
    """Return an SAE of the same class with only some features."""
    config = replace(sae.cfg, d_sae=len(indices))
    with torch.random.fork_rng():  # its weights are drawn before they are filled
        narrow = type(sae)(config)
    columns = torch.tensor(list(indices), device=sae.W_dec.device)
    state = {
        name: value.index_select(_BY_FEATURE[name], columns) if name in _BY_FEATURE else value
        for name, value in sae.state_dict().items()
    }
    narrow.load_state_dict(state)
    return narrow.to(sae.W_dec.device).eval()


@torch.no_grad()
def _directions(sae: Any, columns: torch.Tensor | None) -> torch.Tensor:
    """Return the decoder's response to each feature, whatever scaling the decoder applies."""
    count = sae.cfg.d_sae if columns is None else len(columns)
    ones = torch.zeros(count, sae.cfg.d_sae, device=sae.W_dec.device)
    places = torch.arange(count) if columns is None else columns
    ones[torch.arange(count), places] = 1.0
    return (sae.decode(ones) - sae.decode(torch.zeros_like(ones[:1]))).detach()
