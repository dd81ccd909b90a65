"""Small models and random SAEs of several architectures."""

import torch
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
from transformers import Gemma2Config, GPT2Config, GPTNeoXConfig, LlamaConfig, Qwen3Config

SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
}
CONFIGS = {
    "llama": LlamaConfig(vocab_size=1536, num_key_value_heads=2, **SHAPE),
    "qwen3": Qwen3Config(vocab_size=1536, num_key_value_heads=2, head_dim=8, **SHAPE),
    "gemma2": Gemma2Config(
        vocab_size=1536, num_key_value_heads=2, head_dim=8, sliding_window=8, **SHAPE
    ),
    "neox": GPTNeoXConfig(vocab_size=1536, **SHAPE),
    "gpt2": GPT2Config(vocab_size=1536, n_embd=32, n_layer=3, n_head=4),
}
SAE_CLASSES = {
    "standard": (StandardSAE, StandardSAEConfig),
    "jumprelu": (JumpReLUSAE, JumpReLUSAEConfig),
    "gated": (GatedSAE, GatedSAEConfig),
    "topk": (TopKSAE, TopKSAEConfig),
}
ARCHITECTURES = sorted(SAE_CLASSES)


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
