"""Random SAEs of every architecture, saved as sae-lens does."""

import torch


def save_sae(folder, architecture, layer, d_in=32, d_sae=64, seed=0, **metadata):
    """Save a random SAE of an architecture as sae-lens does, in ``folder/layer_<l>``."""
    torch.manual_seed(seed)
    extra = {"k": 8} if architecture == "topk" else {}
    kind, config_kind = SAE_CLASSES[architecture]
    config = config_kind(d_in=d_in, d_sae=d_sae, device="cpu", dtype="float32", **extra)
    sae = kind(config)
    state = {name: torch.randn_like(value) * 0.3 for name, value in sae.state_dict().items()}
    if "threshold" in state:
        state["threshold"] = state["threshold"].abs()
    sae.load_state_dict(state)
    sae.cfg.metadata.hook_name = f"blocks.{layer}.hook_resid_post"
    sae.cfg.metadata.model_name = "random"
    for name, value in metadata.items():
        setattr(sae.cfg.metadata, name, value)
    sae.save_model(str(folder / f"layer_{layer}"))
    return sae


def _classes():
    from sae_lens import (
        GatedSAE,
        GatedSAEConfig,
        JumpReLUSAE,
        JumpReLUSAEConfig,
        StandardSAE,
        StandardSAEConfig,
        TopKSAE,
        TopKSAEConfig,
    )

    return {
        "standard": (StandardSAE, StandardSAEConfig),
        "jumprelu": (JumpReLUSAE, JumpReLUSAEConfig),
        "gated": (GatedSAE, GatedSAEConfig),
        "topk": (TopKSAE, TopKSAEConfig),
    }


SAE_CLASSES = _classes()
ARCHITECTURES = sorted(SAE_CLASSES)
