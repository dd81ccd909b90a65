"""What is measured of the SAE suite after it was saved and loaded again: ``suite.json``."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import torch

from igds_bench.core.specs import SAESpec
from igds_bench.features.saes.quality import fit, fit_over, layer_quality, rounded, suite_record
from igds_bench.features.saes.suite import SAESuite, open_suite
from igds_bench.modeling.load import LanguageModel
from tools.tiny.models.measure import prompts_of
from tools.tiny.models.pretrain import MODEL_NAME
from tools.tiny.models.residuals import critical_residuals, is_data, token_residuals
from tools.tiny.models.tokenizer import packed
from tools.tiny.text.corpus import BALANCED_MIX, documents
from tools.tiny.text.tasks import TASKS

MEASURED_DOCUMENTS = 1500
SPLICED_BLOCKS = 32
RECALL_THRESHOLD = 0.8
"""Share of samples on which a recalled feature is active, as in the paper."""


def suite_in(folder: Path) -> SAESuite:
    """Open the suite of a build."""
    return open_suite(SAESpec(name=MODEL_NAME, trained_on=MODEL_NAME, folder=folder))


def check_blocks(lm: LanguageModel, count: int = MEASURED_DOCUMENTS) -> torch.Tensor:
    """Return token ids that no SAE was trained on, of shape (blocks, length)."""
    return packed(lm.tokenizer, islice(documents("sae check", BALANCED_MIX), count))


def fit_at_critical(sae: Any, residuals: torch.Tensor) -> dict[str, float]:
    """Return the fit at t* of one task's prompts, and how many features are recalled there."""
    recalled = fit_over(sae, [residuals]).shares >= RECALL_THRESHOLD
    return {**fit(sae, residuals), "recalled": int(recalled.sum())}


def check_residuals(lm: LanguageModel) -> dict[str, torch.Tensor]:
    """Return the residuals that suites are measured on, each of shape (layers, samples, width).

    ``corpus`` is text that no SAE was trained on; a task's name is t* of its ``dev`` prompts.
    """
    blocks = check_blocks(lm)
    found = {name: critical_residuals(lm, prompts_of(name, "dev")) for name in TASKS}
    return {**found, "corpus": token_residuals(lm, blocks, is_data(lm, blocks))}


def measure_suite(
    lm: LanguageModel, folder: Path, residuals: dict[str, torch.Tensor] | None = None
) -> dict[str, Any]:
    """Return the record of all SAEs in ``folder``.

    Args:
        lm: the base model.
        folder: with one ``layer_<l>`` per SAE.
        residuals: what ``check_residuals`` gave; None computes it.
    """
    given = check_residuals(lm) if residuals is None else residuals
    suite, blocks, layers = suite_in(folder), check_blocks(lm)[:SPLICED_BLOCKS], {}
    for layer in suite.layers:
        sae = suite.load(layer)
        layers[str(layer)] = {
            **layer_quality(lm, layer, sae, blocks, [given["corpus"][layer]]),
            "at_critical_position": {
                name: fit_at_critical(sae, given[name][layer]) for name in TASKS
            },
        }
    return suite_record(MODEL_NAME, layers)


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
