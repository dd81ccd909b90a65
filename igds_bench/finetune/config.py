"""The arguments of TRL's trainer: the project's defaults, the user's own, and what is refused."""

from __future__ import annotations

import math
import tempfile
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError

from igds_bench.core.settings import FinetuneSettings
from igds_bench.errors import nearest
from igds_bench.finetune.curves import check_trackers
from igds_bench.finetune.lengths import TrainedLengths, packed_rows
from igds_bench.finetune.meanings import check_meanings

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

OFF = {
    "eos_token": "the model's own end token is what evaluation stops at",
    "pad_token": "the model's own tokenizer is what evaluation reads with",
    "chat_template_path": "the grid's `chat_template` is for scoring and evaluation as well",
    "dataset_kwargs": "prompt and response are tokenised and masked by the harness",
    "model_init_kwargs": "the model is loaded by the harness",
    "trust_remote_code": "the model is loaded by the harness, which runs no code of its folder",
    "push_to_hub": "weights stay in the run folder",
    "load_best_model_at_end": "nothing is evaluated during training",
    "resume_from_checkpoint": "no checkpoints are written",
    "deepspeed": "training runs in one process",
    "fsdp": "training runs in one process",
    "fsdp_config": "training runs in one process",
}
"""``SFTConfig`` names that can be set to nothing alone, each with the reason."""

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
LORA_DEFAULTS: dict[str, Any] = {
    "task_type": "CAUSAL_LM",
    "r": 16,
    "lora_alpha": 32,
    "lora_dropout": 0.0,
    "target_modules": "all-linear",
}

WORDS = {
    float: "a number",
    int: "a whole number",
    bool: "true or false",
    str: "a text",
    dict: "a mapping",
    list: "a list",
    type(None): "null",
}
"""Types of ``SFTConfig`` and ``LoraConfig`` in words."""


def check_settings(settings: FinetuneSettings, device: str = "cpu") -> list[str]:
    """Return what is wrong in ``train.sft`` and ``train.lora``, with the fix.

    Args:
        settings: of the training.
        device: that trains, which some values need.
    """
    problems, fine = list[str](), {}
    for section, given in (("sft", settings.sft), ("lora", settings.lora)):
        wrong = _wrong_fields(section, given)
        problems += wrong.values()
        fine[section] = {name: value for name, value in given.items() if name not in wrong}
    defaults = trainer_arguments(
        FinetuneSettings(method=settings.method), device, 1024, tempfile.gettempdir(), seed=0
    )
    sound = settings.model_copy(update=fine)
    problems += check_meanings(sound, defaults, LORA_DEFAULTS)
    problems += check_trackers(settings)
    if settings.lora and settings.method != "lora":
        problems.append("`train.lora` is given, but `train.method` is full: set `method: lora`.")
    if settings.match == "steps" and "max_steps" in settings.sft:
        problems.append("`train.sft.max_steps` sets the steps itself: take out `match: steps`.")
    return problems


def _wrong_fields(section: str, given: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with names and types, by name."""
    from peft import LoraConfig
    from trl import SFTConfig

    owner = SFTConfig if section == "sft" else LoraConfig
    known, problems = _types(owner), dict[str, str]()
    for name, value in given.items():
        if section == "sft" and name in OWNED:
            problems[name] = f"`train.sft.{name}` can't be set: {OWNED[name]}."
        elif section == "sft" and name in OFF and value not in (None, False, ""):
            problems[name] = f"`train.sft.{name}` can't be used: {OFF[name]}."
        elif name not in known:
            hint = nearest(name, known)
            problems[name] = f"`train.{section}.{name}` is no field of {owner.__name__}.{hint}"
        elif not _fits(value, expected := known[name]):
            problems[name] = f"`train.{section}.{name}: {value!r}` is not {_in_words(expected)}."
    return problems


def _fits(value: Any, hint: Any) -> bool:
    """Return whether a value is of a type; of a type that can't be checked every value is."""
    try:
        TypeAdapter(hint).validate_python(value, strict=True)
    except PydanticSchemaGenerationError:
        return True
    except ValidationError:
        return False
    return True


def _in_words(hint: Any) -> str:
    """Return what a type asks for, in words."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(map(repr, parts))
    if parts and origin not in (dict, list):
        return " or ".join(_in_words(part) for part in parts)
    return WORDS.get(origin or hint, f"of type {getattr(hint, '__name__', hint)}")


def _types(config: type) -> dict[str, Any]:
    """Return the type of every field; ``Any`` where a release has types that only checkers see."""
    try:
        return get_type_hints(config)
    except NameError:
        return {name: Any for name in config.__dataclass_fields__}  # type: ignore[attr-defined]


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


def steps_for(lengths: TrainedLengths, settings: FinetuneSettings) -> int:
    """Return the optimizer steps that training on a pool takes.

    Args:
        lengths: of the pool's rows that are trained on.
        settings: batch size, accumulation, epochs and packing.
    """
    given = {**DEFAULTS, **settings.sft}
    rows = len(lengths.kept)
    if given.get("packing") and lengths.limit is not None:
        rows = packed_rows(lengths.kept, lengths.limit, given.get("packing_strategy", "bfd"))
    size = given["per_device_train_batch_size"]
    batches = rows // size if given.get("dataloader_drop_last") else math.ceil(rows / size)
    updates = max(1, math.ceil(batches / given.get("gradient_accumulation_steps", 1)))
    return max(1, math.ceil(updates * given["num_train_epochs"]))
