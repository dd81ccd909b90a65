"""The arguments of TRL's trainer: the project's defaults, the user's own, and what is refused."""

from __future__ import annotations

import math
from typing import Any

from igds_bench.core.settings import FinetuneSettings
from igds_bench.errors import nearest
from igds_bench.finetune.curves import check_trackers

OWNED = {
    "output_dir": "weights lie in the run folder",
    "completion_only_loss": "the loss is always on the response only",
    "assistant_only_loss": "the loss is always on the response only",
    "seed": "seeds come from `training_seeds`",
    "data_seed": "seeds come from `training_seeds`",
    "save_strategy": "`keep_weights: true` keeps tuned weights",
    "eval_strategy": "every cell is evaluated after training",
    "logging_nan_inf_filter": "a loss that is no number must end the run",
    "dataset_text_field": "prompt and response are tokenised by the harness",
}
"""``SFTConfig`` names that can't be set, each with the reason."""

DEFAULTS: dict[str, Any] = {
    "num_train_epochs": 1,
    "per_device_train_batch_size": 8,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.03,
    "logging_steps": 10,
    "report_to": "none",
    "disable_tqdm": True,
    "dataloader_pin_memory": False,
}
LEARNING_RATE = {"full": 2e-5, "lora": 2e-4}
"""Default by method; 2e-5 is the IGDS paper's for full fine-tuning."""
LORA_DEFAULTS = {"r": 16, "lora_alpha": 32, "lora_dropout": 0.0, "target_modules": "all-linear"}


def check_settings(settings: FinetuneSettings) -> list[str]:
    """Return what is wrong with the names in ``train.sft`` and ``train.lora``, with the fix."""
    from dataclasses import fields

    from peft import LoraConfig
    from trl import SFTConfig

    known = {
        "sft": {f.name for f in fields(SFTConfig)},
        "lora": {f.name for f in fields(LoraConfig)},
    }
    problems = []
    for section, given in (("sft", settings.sft), ("lora", settings.lora)):
        for name in given:
            if section == "sft" and name in OWNED:
                problems.append(f"`train.sft.{name}` can't be set: {OWNED[name]}.")
            elif name not in known[section]:
                owner = "SFTConfig" if section == "sft" else "LoraConfig"
                hint = nearest(name, known[section])
                problems.append(f"`train.{section}.{name}` is no field of {owner}.{hint}")
    problems += check_trackers(settings)
    if settings.lora and settings.method != "lora":
        problems.append("`train.lora` is given, but `train.method` is full: set `method: lora`.")
    if settings.match == "steps" and "max_steps" in settings.sft:
        problems.append("`train.sft.max_steps` sets the steps itself: take out `match: steps`.")
    return problems


def trainer_arguments(
    settings: FinetuneSettings, device: str, context: int, folder: str, seed: int
) -> dict[str, Any]:
    """Return the arguments of ``SFTConfig``: defaults for the device, then the user's own."""
    on_gpu = device.startswith("cuda")
    bf16 = on_gpu and _has_bf16()
    arguments = {
        **DEFAULTS,
        "learning_rate": LEARNING_RATE[settings.method],
        "bf16": bf16,
        "fp16": False,
        "use_cpu": not on_gpu,
        "gradient_checkpointing": on_gpu,
        "max_length": context,
        **settings.sft,
    }
    return {
        **arguments,
        "output_dir": folder,
        "completion_only_loss": True,
        "logging_nan_inf_filter": False,
        "save_strategy": "no",
        "seed": seed,
        "data_seed": seed,
    }


def _has_bf16() -> bool:
    import torch

    return bool(torch.cuda.is_bf16_supported())


def steps_for(n_examples: int, settings: FinetuneSettings, tokens: int) -> int:
    """Return the optimizer steps that training on a pool takes.

    Args:
        n_examples: rows of the pool.
        settings: batch size, accumulation, epochs and packing.
        tokens: prompt + response tokens of the pool, which is what packing counts.
    """
    given = {**DEFAULTS, **settings.sft}
    rows = n_examples
    if given.get("packing") and given.get("max_length"):
        rows = math.ceil(tokens / given["max_length"])
    batch = given["per_device_train_batch_size"] * given.get("gradient_accumulation_steps", 1)
    return max(1, math.ceil(math.ceil(rows / batch) * given["num_train_epochs"]))
