"""Randomly initialised SAEs in a suite's place: what is left of IGDS without training them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from sae_lens import TopKSAE, TopKSAEConfig

from igds_bench.core.features import Feature
from igds_bench.core.seeding import keyed_uniform
from igds_bench.features.saes.suite import SAESuite


@dataclass(frozen=True)
class RandomSuite(SAESuite):
    """A suite of the same layers and widths whose SAEs were never trained.

    TopK with random unit decoder rows and the encoder tied to them, so that, as in a trained SAE,
    few features are active at a time.
    """

    active: int = 32
    """Features that are active at a time (L0)."""
    seed: int = 0

    def link(self, feature: Feature) -> str:
        """Return an empty text: nobody has described these features."""
        return ""

    def load(self, layer: int, device: torch.device | str = "cpu") -> Any:
        """Return a layer's random SAE, the same on every device."""
        shape = super().load(layer).cfg
        state = int(keyed_uniform(self.seed, "random SAE", layer) * 2**53)
        drawn = torch.randn(shape.d_sae, shape.d_in, generator=torch.Generator().manual_seed(state))
        decoder = drawn / drawn.norm(dim=1, keepdim=True)
        config = TopKSAEConfig(d_in=shape.d_in, d_sae=shape.d_sae, k=self.active)
        with torch.random.fork_rng():  # sae-lens draws weights before they are filled
            sae = TopKSAE(config)
        sae.load_state_dict(
            {
                "W_dec": decoder,
                "W_enc": decoder.T.contiguous(),
                "b_enc": torch.zeros(shape.d_sae),
                "b_dec": torch.zeros(shape.d_in),
            }
        )
        return sae.to(torch.device(device)).eval()
