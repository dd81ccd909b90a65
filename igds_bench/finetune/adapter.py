"""Whether an adapter fits a model: its modules matched, before any weights are there."""

from __future__ import annotations

import warnings
from typing import Any

from peft import LoraConfig, inject_adapter_in_model

from igds_bench.core.settings import FinetuneSettings
from igds_bench.errors import nearest
from igds_bench.finetune.config import LORA_DEFAULTS


def lora_config(settings: FinetuneSettings) -> LoraConfig | None:
    """Return PEFT's settings of the adapter; None where all weights are trained."""
    if settings.method == "full":
        return None
    return LoraConfig(**{**LORA_DEFAULTS, **settings.lora})


def check_adapter(settings: FinetuneSettings, name: str, empty: Any) -> list[str]:
    """Return which modules that ``train.lora`` names a model doesn't have.

    Args:
        settings: of the training.
        name: of the model, for messages.
        empty: the model without weights (on the device ``meta``); it is changed.
    """
    config = lora_config(settings)
    if config is None:
        return []
    modules = [path for path, _ in empty.named_modules() if path]
    problems = [
        f"`train.lora.modules_to_save`: model '{name}' has no module '{wanted}'."
        f"{nearest(wanted, {path.split('.')[-1] for path in modules})}"
        for wanted in config.modules_to_save or ()
        if not any(path.endswith(wanted) for path in modules)
    ]
    leaves = sorted({path.split(".")[-1] for path, m in empty.named_modules() if _is_leaf(m)})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            inject_adapter_in_model(config, empty)
        except ValueError as error:
            first = str(error).splitlines()[0]
            problems.append(
                f"`train.lora` doesn't fit model '{name}': {first} Its modules are "
                f"{', '.join(leaves)}."
            )
        except (RuntimeError, NotImplementedError):
            pass  # an initialisation that needs weights: modules have been matched before it
    unmatched = [str(w.message) for w in said if "match" in str(w.message)]
    return problems + [f"`train.lora`, model '{name}': {text}" for text in unmatched]


def _is_leaf(module: Any) -> bool:
    return not list(module.children()) and bool(list(module.parameters(recurse=False)))
