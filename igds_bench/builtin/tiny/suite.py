"""What is measured of the SAE suite after it was saved and loaded again: ``suite.json``."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from igds_bench.builtin.tiny.corpus import BALANCED_MIX, documents
from igds_bench.builtin.tiny.measure import mean_loss, prompts_of
from igds_bench.builtin.tiny.pretrain import MODEL_NAME
from igds_bench.builtin.tiny.residuals import critical_residuals, is_data, token_residuals
from igds_bench.builtin.tiny.tasks import TASKS
from igds_bench.builtin.tiny.tokenizer import packed
from igds_bench.core.specs import SAESpec
from igds_bench.features.suite import SAESuite, open_suite
from igds_bench.modeling.capture import hook_block
from igds_bench.modeling.load import LanguageModel

MEASURED_DOCUMENTS = 1500
SPLICED_BLOCKS = 32
Edit = Callable[[torch.Tensor], torch.Tensor]
RECALL_THRESHOLD = 0.8
"""Share of samples on which a recalled feature is active, as in the paper."""


def suite_in(folder: Path) -> SAESuite:
    """Open the suite of a build."""
    return open_suite(SAESpec(name=MODEL_NAME, trained_on=MODEL_NAME, folder=folder))


def check_blocks(lm: LanguageModel, count: int = MEASURED_DOCUMENTS) -> torch.Tensor:
    """Return token ids that no SAE was trained on, of shape (blocks, length)."""
    return packed(lm.tokenizer, islice(documents("sae check", BALANCED_MIX), count))


def explained_variance(original: torch.Tensor, rebuilt: torch.Tensor) -> float:
    """Return 1 - the squared error over the squared deviation from the mean: (n, width) each."""
    error = (original - rebuilt).square().sum()
    return float(1 - error / (original - original.mean(0)).square().sum())


def _loss_with(lm: LanguageModel, blocks: torch.Tensor, layer: int, edit: Edit) -> float:
    """Return the mean loss while ``edit`` replaces the residual stream after a block."""
    data = is_data(lm, blocks)[..., None]
    handle = hook_block(lm.model, layer, lambda h: torch.where(data, edit(h), h))
    try:
        return mean_loss(lm, blocks)
    finally:
        handle.remove()


def spliced_losses(
    lm: LanguageModel, blocks: torch.Tensor, layer: int, sae: Any
) -> dict[str, float]:
    """Return the losses as it is, with the SAE's output spliced in, and with zeros there."""
    original = mean_loss(lm, blocks)
    spliced = _loss_with(lm, blocks, layer, sae)
    zero = _loss_with(lm, blocks, layer, torch.zeros_like)
    recovered = (zero - spliced) / (zero - original)
    return {"ce": original, "ce_spliced": spliced, "ce_zero": zero, "ce_recovered": recovered}


@torch.inference_mode()
def fit(sae: Any, residuals: torch.Tensor) -> dict[str, float]:
    """Return L0 and explained variance on residuals of shape (samples, width)."""
    acts = sae.encode(residuals)
    return {
        "l0": float((acts > 0).sum(1).float().mean()),
        "explained_variance": explained_variance(residuals, sae.decode(acts)),
    }


def fit_at_critical(sae: Any, residuals: torch.Tensor) -> dict[str, float]:
    """Return the fit at t* of one task's prompts, and how many features are recalled there."""
    recalled = active_shares(sae, residuals) >= RECALL_THRESHOLD
    return {**fit(sae, residuals), "recalled": int(recalled.sum())}


@torch.inference_mode()
def active_shares(sae: Any, residuals: torch.Tensor) -> torch.Tensor:
    """Return the share of samples on which each feature is active."""
    acts: torch.Tensor = sae.encode(residuals)
    return (acts > 0).float().mean(0)


def _measure_layer(
    lm: LanguageModel, layer: int, sae: Any, residuals: dict[str, torch.Tensor]
) -> dict[str, Any]:
    """Return what the record holds of a layer.

    Args:
        lm: the base model.
        layer: block number.
        sae: as it was loaded.
        residuals: ``corpus``, and each task's at t*, of shape (layers, samples, width).
    """
    corpus = residuals["corpus"][layer]
    return {
        **fit(sae, corpus),
        "dead_share": float((active_shares(sae, corpus) == 0).float().mean()),
        **spliced_losses(lm, check_blocks(lm)[:SPLICED_BLOCKS], layer, sae),
        "at_critical_position": {
            name: fit_at_critical(sae, residuals[name][layer]) for name in TASKS
        },
    }


def measure_suite(lm: LanguageModel, folder: Path) -> dict[str, Any]:
    """Return the record of all SAEs in ``folder``, measured with ``lm``."""
    blocks, suite = check_blocks(lm), suite_in(folder)
    residuals = {name: critical_residuals(lm, prompts_of(name, "dev")) for name in TASKS}
    residuals["corpus"] = token_residuals(lm, blocks, is_data(lm, blocks))
    layers = {
        str(layer): _measure_layer(lm, layer, suite.load(layer), residuals)
        for layer in suite.layers
    }
    return {"model_name": MODEL_NAME, "hook_point": "resid_post", "layers": rounded(layers)}


def critical_fit(lm: LanguageModel, folder: Path) -> dict[str, Any]:
    """Return the fit at t* of each task, by layer, with another model, such as the probe."""
    residuals = {name: critical_residuals(lm, prompts_of(name, "dev")) for name in TASKS}
    suite = suite_in(folder)
    measured: dict[str, Any] = {}
    for layer in suite.layers:
        sae = suite.load(layer)
        fits = {name: fit_at_critical(sae, residuals[name][layer]) for name in TASKS}
        measured[str(layer)] = rounded(fits)
    return measured


def rounded(value: Any) -> Any:
    """Return nested figures with four decimals."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value
