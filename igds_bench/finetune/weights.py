"""Keep and reload tuned weights: the whole model, or the adapter alone."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers import AutoModelForCausalLM

from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.quiet import quiet


def save_weights(tuned: LanguageModel, folder: Path) -> None:
    """Write a tuned model's weights (its adapter, where it has one) as safetensors."""
    with quiet():
        tuned.model.save_pretrained(folder, safe_serialization=True)


def load_weights(base: LanguageModel, folder: Path) -> LanguageModel:
    """Return the tuned model that ``save_weights`` wrote; the base stays as it is."""
    model: Any
    with quiet():
        if (folder / "adapter_config.json").exists():
            model = PeftModel.from_pretrained(copy.deepcopy(base.model), folder)
        else:
            model = AutoModelForCausalLM.from_pretrained(
                folder, dtype=next(base.model.parameters()).dtype, use_safetensors=True
            )
    return replace(base, model=model.to(base.device).eval())
