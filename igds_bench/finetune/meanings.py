"""Values of training settings that have the right type and can't be meant."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Container
from typing import Any

from igds_bench.core.settings import FinetuneSettings

Rule = tuple[Callable[[Any], bool], str]


def _is_finite(value: Any) -> bool:
    return math.isfinite(value)


ABOVE_ZERO: Rule = (lambda value: _is_finite(value) and value > 0, "must be above 0")
AT_LEAST_ZERO: Rule = (lambda value: _is_finite(value) and value >= 0, "must be 0 or more")
SFT: dict[str, Rule] = {
    "learning_rate": ABOVE_ZERO,
    "num_train_epochs": ABOVE_ZERO,
    "per_device_train_batch_size": ABOVE_ZERO,
    "gradient_accumulation_steps": ABOVE_ZERO,
    "max_length": ABOVE_ZERO,
    "max_steps": (lambda value: value == -1 or value > 0, "must be above 0, or -1 for epochs"),
    "max_grad_norm": AT_LEAST_ZERO,
    "weight_decay": AT_LEAST_ZERO,
    "warmup_steps": AT_LEAST_ZERO,
    "packing_strategy": (
        lambda value: value != "wrapped",
        "lets examples see each other, in one sequence without a border: use bfd",
    ),
}
"""What values of ``train.sft`` must be, by name, where it is more than their type."""
LORA: dict[str, Rule] = {
    "r": ABOVE_ZERO,
    "lora_alpha": ABOVE_ZERO,
    "lora_dropout": (lambda value: 0 <= value < 1, "must be 0 or more and below 1"),
    "task_type": (lambda value: value == "CAUSAL_LM", "must be CAUSAL_LM"),
    "inference_mode": (lambda value: not value, "must be false: nothing would be trained"),
}
"""The same of ``train.lora``."""
HARDWARE = ("bf16", "fp16", "tf32")
"""What depends on the device that trains, which may not be the one that plans."""


def check_meanings(settings: FinetuneSettings, owned: Container[str]) -> list[str]:
    """Return one sentence for each value that can't be meant, or that TRL refuses.

    Args:
        settings: of the training.
        owned: names of ``train.sft`` that are refused whatever their value.
    """
    problems = []
    for section, given, rules in (("sft", settings.sft, SFT), ("lora", settings.lora, LORA)):
        for name, value in given.items():
            if name in rules and isinstance(value, (int, float, str)):
                fits, why = rules[name]
                if not _holds(fits, value):
                    problems.append(f"`train.{section}.{name}: {value!r}` {why}.")
    return problems or _refused_by_trl(settings, owned)


def _holds(fits: Callable[[Any], bool], value: Any) -> bool:
    try:
        return fits(value)
    except TypeError:
        return True  # of another type, which is said elsewhere


def _refused_by_trl(settings: FinetuneSettings, owned: Container[str]) -> list[str]:
    """Return what TRL's and transformers' own checks of the settings say."""
    from transformers.trainer_utils import SchedulerType
    from transformers.training_args import OptimizerNames
    from trl import SFTConfig

    from igds_bench.errors import nearest

    names: dict[str, Any] = {"optim": OptimizerNames, "lr_scheduler_type": SchedulerType}
    for name, known in names.items():
        values = [member.value for member in known]
        wanted = settings.sft.get(name)
        if isinstance(wanted, str) and wanted not in values:
            hint = nearest(wanted, values)
            return [f"`train.sft.{name}: {wanted}` is none of transformers'.{hint}"]
    given = {
        name: value
        for name, value in settings.sft.items()
        if name not in HARDWARE and name not in owned
    }
    try:
        with tempfile.TemporaryDirectory() as folder:
            SFTConfig(**{"use_cpu": True, **given, "output_dir": folder, "report_to": "none"})
    except (ValueError, ImportError) as error:
        first = str(error).strip().splitlines()[0]
        return [f"`train.sft` is refused by TRL: {first}"]
    except TypeError:
        return []  # an unknown name or a wrong type, which is said elsewhere
    return []
