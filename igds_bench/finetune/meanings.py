"""Values of training settings that have the right type and can't be meant."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from igds_bench.core.settings import REPORTING, FinetuneSettings
from igds_bench.errors import nearest
from igds_bench.modeling.quiet import quiet

Rule = tuple[Callable[[Any], bool], str]
Given = Mapping[str, Any]


def _number(fits: Callable[[float], bool]) -> Callable[[Any], bool]:
    """Return what tells whether a number fits; what is none is told elsewhere."""

    def holds(value: Any) -> bool:
        return not isinstance(value, int | float) or (math.isfinite(value) and fits(value))

    return holds


ABOVE_ZERO: Rule = (_number(lambda value: value > 0), "must be above 0")
AT_LEAST_ZERO: Rule = (_number(lambda value: value >= 0), "must be 0 or more")
SHARE: Rule = (_number(lambda value: 0 <= value < 1), "must be 0 or more and below 1")
SFT: dict[str, Rule] = {
    "learning_rate": ABOVE_ZERO,
    "num_train_epochs": ABOVE_ZERO,
    "per_device_train_batch_size": ABOVE_ZERO,
    "gradient_accumulation_steps": ABOVE_ZERO,
    "logging_steps": ABOVE_ZERO,
    "max_length": (_number(lambda value: value > 1), "must be 2 or more, or null"),
    "max_steps": (
        _number(lambda value: value == -1 or value > 0),
        "must be above 0, or -1 for epochs",
    ),
    "max_grad_norm": AT_LEAST_ZERO,
    "weight_decay": AT_LEAST_ZERO,
    "warmup_steps": AT_LEAST_ZERO,
    "adam_beta1": SHARE,
    "adam_beta2": SHARE,
    "adam_epsilon": ABOVE_ZERO,
    "packing_strategy": (
        lambda value: value != "wrapped",
        "cuts examples anywhere and lets them see each other, as TRL masks nothing there: use bfd",
    ),
}
"""What values of ``train.sft`` must be, by name, where it is more than their type."""
LORA: dict[str, Rule] = {
    "r": ABOVE_ZERO,
    "lora_alpha": ABOVE_ZERO,
    "lora_dropout": SHARE,
    "task_type": (lambda value: value == "CAUSAL_LM", "must be CAUSAL_LM"),
    "inference_mode": (lambda value: not value, "must be false: nothing would be trained"),
}
"""The same of ``train.lora``."""


def check_meanings(settings: FinetuneSettings, defaults: Given, adapter: Given) -> list[str]:
    """Return one sentence for each value that can't be meant, or that TRL or PEFT refuse.

    Args:
        settings: of the training; names and types are known to be right.
        defaults: arguments of ``SFTConfig`` on the device that will train.
        adapter: those of ``LoraConfig``.
    """
    problems, fine = [], {}
    for section, given, rules in (("sft", settings.sft, SFT), ("lora", settings.lora, LORA)):
        wrong = {n: rules[n][1] for n, v in given.items() if n in rules and not rules[n][0](v)}
        problems += [f"`train.{section}.{n}: {given[n]!r}` {why}." for n, why in wrong.items()]
        fine[section] = {name: value for name, value in given.items() if name not in wrong}
    sft = {name: value for name, value in fine["sft"].items() if name not in REPORTING}
    with quiet():
        problems += _refused("sft", sft, defaults, _trains)
        problems += _refused("lora", fine["lora"], adapter, _adapts)
    return [*problems, *_at_odds(settings.sft)]


def _at_odds(sft: Given) -> list[str]:
    """Return which values of ``train.sft`` exclude each other."""
    problems = []
    if sft.get("packing") and "max_length" in sft and sft["max_length"] is None:
        problems.append("`train.sft.max_length: null` gives packing no length to fill: set one.")
    if sft.get("padding_free") and not sft.get("packing") and sft.get("max_length", 0) is not None:
        problems.append(
            "`train.sft.padding_free` without packing needs `max_length: null`: TRL cuts nothing "
            "there. Set it, or `packing: true`."
        )
    return problems


def _refused(section: str, given: Given, own: Given, build: Callable[[Given], None]) -> list[str]:
    """Return what a library says, each with the value without which it says something else."""
    left, found = dict(given), list[str]()
    while error := _error(build, {**own, **left}):
        others = {n: _error(build, {**own, **_without(left, n)}) for n in left}
        guilty = [n for n, other in others.items() if not other]
        guilty += [n for n, other in others.items() if other != error]
        if not guilty:
            return [*found, f"`train.{section}` is refused: {error}"]
        name, value = guilty[0], left.pop(guilty[0])
        hint = _hint(name, value) if section == "sft" else ""
        found.append(f"`train.{section}.{name}: {value!r}` is refused: {error}{hint}")
    return found


def _without(given: Given, name: str) -> dict[str, Any]:
    return {other: value for other, value in given.items() if other != name}


def _error(build: Callable[[Given], None], given: Given) -> str:
    try:
        build(given)
    except (ValueError, TypeError, KeyError, ImportError, NotImplementedError, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        first = first.split(", please select one of")[0]  # forty optimizers
        return first if first.endswith(".") else f"{first}."
    return ""


def _hint(name: str, value: Any) -> str:
    """Return the nearest name to one that a field of ``SFTConfig`` doesn't know."""
    from transformers import SchedulerType
    from transformers.training_args import OptimizerNames

    known: dict[str, list[str]] = {
        "optim": [member.value for member in OptimizerNames],
        "lr_scheduler_type": [member.value for member in SchedulerType],
    }
    names = known.get(name, _choices(name))
    return "" if value in names else nearest(str(value), names)


def _choices(name: str) -> tuple[str, ...]:
    """Return what a field of ``SFTConfig`` says that it may be; nothing where it says nothing."""
    from trl import SFTConfig

    return next(
        (tuple(f.metadata.get("choices", ())) for f in fields(SFTConfig) if f.name == name), ()
    )


def _trains(given: Given) -> None:
    """Build TRL's settings, an optimizer's arguments and a schedule.

    Raises:
        ValueError: a value is refused; several other errors of the libraries as well.
    """
    import torch
    from transformers import Trainer, get_scheduler
    from trl import SFTConfig

    for name, value in given.items():
        if isinstance(value, str) and (known := _choices(name)) and value not in known:
            raise ValueError(f"it is none of {', '.join(known)}.")
    arguments = SFTConfig(**given)
    if arguments.fp16 and arguments.use_cpu:
        raise ValueError("float16 is trained with on GPUs alone.")
    Trainer.get_optimizer_cls_and_kwargs(arguments)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=arguments.learning_rate)
    kwargs: Any = arguments.lr_scheduler_kwargs
    get_scheduler(arguments.lr_scheduler_type, optimizer, 1, 8, dict(kwargs or {}))


def _adapts(given: Given) -> None:
    """Build PEFT's settings.

    Raises:
        ValueError: a value is refused.
    """
    from peft import LoraConfig

    LoraConfig(**given)
