"""What is measured of the SAE suite after it was saved and loaded again: ``suite.json``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.builtin.tiny.measure import prompts_of
from igds_bench.builtin.tiny.residuals import critical_residuals, replaced, token_residuals
from igds_bench.builtin.tiny.saes import MODEL_NAME, is_data, packed_blocks
from igds_bench.builtin.tiny.tasks import TASKS

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

MEASURED_DOCUMENTS = 1500
SPLICED_BLOCKS = 32
RECALL_THRESHOLD = 0.8
"""Share of samples on which a recalled feature is active, as in the paper."""


def load_sae(folder: Path, layer: int) -> Any:
    """Load the SAE of a layer as sae-lens does."""
    from sae_lens import SAE

    return SAE.load_from_disk(folder / f"layer_{layer}", device="cpu")


def explained_variance(original: torch.Tensor, rebuilt: torch.Tensor) -> float:
    """Return 1 - the squared error over the squared deviation from the mean: (n, width) each."""
    error = (original - rebuilt).square().sum()
    return float(1 - error / (original - original.mean(0)).square().sum())


def mean_loss(model: LlamaForCausalLM, blocks: torch.Tensor) -> float:
    """Return the mean loss in nats on token ids of shape (blocks, length)."""
    import torch

    with torch.inference_mode():
        return float(model(input_ids=blocks, labels=blocks).loss)


def spliced_losses(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, blocks: torch.Tensor, layer: Any
) -> dict[str, float]:
    """Return the losses as it is, with the SAE's output spliced in, and with zeros there.

    Args:
        model: in evaluation mode.
        tokenizer: the model's.
        blocks: token ids of shape (blocks, length).
        layer: pair of layer index and SAE.
    """
    import torch

    index, sae = layer
    data = is_data(tokenizer, blocks)[..., None]
    with replaced(model, index, lambda h: torch.where(data, sae(h), h)):
        spliced = mean_loss(model, blocks)
    with replaced(model, index, lambda h: torch.where(data, torch.zeros_like(h), h)):
        zero = mean_loss(model, blocks)
    original = mean_loss(model, blocks)
    recovered = (zero - spliced) / (zero - original)
    return {"ce": original, "ce_spliced": spliced, "ce_zero": zero, "ce_recovered": recovered}


def fit_at_critical(sae: Any, residuals: torch.Tensor) -> dict[str, float]:
    """Return the fit at t* of one task's prompts, from residuals of shape (prompts, width)."""
    import torch

    with torch.inference_mode():
        acts = sae.encode(residuals)
        active = acts > 0
        return {
            "l0": float(active.sum(1).float().mean()),
            "explained_variance": explained_variance(residuals, sae.decode(acts)),
            "recalled": int((active.float().mean(0) >= RECALL_THRESHOLD).sum()),
        }


def measure_layer(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, layer: int, sae: Any
) -> dict[str, Any]:
    """Return everything that ``suite.json`` holds of one layer."""
    import torch

    blocks = packed_blocks(tokenizer, "sae check", MEASURED_DOCUMENTS)
    residuals = token_residuals(model, blocks, is_data(tokenizer, blocks))[layer]
    with torch.inference_mode():
        acts = sae.encode(residuals)
        rebuilt = sae.decode(acts)
    return {
        "l0": float((acts > 0).sum(1).float().mean()),
        "explained_variance": explained_variance(residuals, rebuilt),
        "dead_share": float(1 - (acts > 0).any(0).float().mean()),
        **spliced_losses(model, tokenizer, blocks[:SPLICED_BLOCKS], (layer, sae)),
        "at_critical_position": {
            name: fit_at_critical(
                sae, critical_residuals(model, tokenizer, prompts_of(name, "dev"))[layer]
            )
            for name in TASKS
        },
    }


def measure_suite(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path
) -> dict[str, Any]:
    """Return the record of all SAEs in ``folder``, measured with ``model``."""
    layers = range(model.config.num_hidden_layers)
    measured = {
        str(layer): measure_layer(model, tokenizer, layer, load_sae(folder, layer))
        for layer in layers
    }
    return {"model_name": MODEL_NAME, "hook_point": "resid_post", "layers": rounded(measured)}


def rounded(value: Any) -> Any:
    """Return nested figures with four decimals."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value
