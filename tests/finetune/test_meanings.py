"""Values of the right type that can't be meant are said by the plan, each by its name."""

import math

import pytest

from igds_bench.core.settings import FinetuneSettings
from igds_bench.finetune.config import check_settings

WRONG = {
    "sft": [
        ("learning_rate", 0),
        ("learning_rate", -1e-4),
        ("learning_rate", math.nan),
        ("learning_rate", math.inf),
        ("num_train_epochs", -1),
        ("num_train_epochs", 0),
        ("per_device_train_batch_size", 0),
        ("gradient_accumulation_steps", 0),
        ("max_length", 0),
        ("max_length", 1),
        ("logging_steps", 0),
        ("weight_decay", -0.1),
        ("adam_beta2", 1.0),
        ("warmup_steps", -1),
        ("optim", "adamw_bnb_8bit"),
        ("lr_scheduler_type", "warmup_stable_decay"),
        ("lr_scheduler_kwargs", {"num_cycels": 1}),
        ("loss_type", "nl"),
        ("dataloader_prefetch_factor", 2),
        ("tf32", True),
        ("fp16", True),
        ("padding_free", True),
        ("max_steps", 0),
        ("max_grad_norm", -1.0),
        ("optim", "adamx"),
        ("lr_scheduler_type", "cosin"),
        ("packing_strategy", "wrapped"),
        ("packing_strategy", "bdf"),
        ("dataset_kwargs", {"skip_prepare_dataset": True}),
        ("model_init_kwargs", {"dtype": "float16"}),
        ("fsdp_config", {"x": 1}),
        ("eos_token", "<pad>"),
        ("pad_token", "<pad>"),
        ("chat_template_path", "x.jinja"),
        ("deepspeed", "zero3.json"),
        ("push_to_hub", True),
        ("load_best_model_at_end", True),
    ],
    "lora": [
        ("r", 0),
        ("lora_alpha", 0),
        ("lora_dropout", 1.0),
        ("task_type", "SEQ_CLS"),
        ("inference_mode", True),
        ("init_lora_weights", "loftq"),
        ("layers_pattern", "blocks"),
    ],
}


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [(section, name, value) for section, given in WRONG.items() for name, value in given],
)
def test_a_value_that_cant_be_meant_is_named(section, name, value):
    settings = FinetuneSettings(method="lora", **{section: {name: value}})
    problems = check_settings(settings)
    assert len(problems) == 1
    assert f"train.{section}.{name}" in problems[0]


@pytest.mark.parametrize(
    "sft",
    [
        {},
        {"optim": "adafactor", "lr_scheduler_type": "linear"},
        {"packing": True, "packing_strategy": "bfd"},
        {"max_steps": -1, "warmup_steps": 0.1},
        {"max_length": None, "bf16": True},
        {"max_length": None, "padding_free": True},
        {"lr_scheduler_type": "warmup_stable_decay", "lr_scheduler_kwargs": {"num_decay_steps": 2}},
        {"lr_scheduler_kwargs": {"num_cycles": 1.0}},
        {"dataloader_prefetch_factor": 2, "dataloader_num_workers": 1},
        {"push_to_hub": False, "deepspeed": None, "eos_token": None},
    ],
)
def test_what_can_be_meant_passes(sft):
    assert check_settings(FinetuneSettings(sft=sft)) == []


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("lr_scheduler_type", "cosin", "cosine"),
        ("optim", "adamw_torhc", "adamw_torch"),
        ("packing_strategy", "bdf", "bfd"),
    ],
)
def test_the_nearest_name_is_offered(name, value, nearest):
    [problem] = check_settings(FinetuneSettings(sft={name: value}))
    assert f"Did you mean '{nearest}'" in problem


def test_each_of_several_values_has_its_own_message():
    sft = {"optim": "adamx", "lr_scheduler_type": "cosin", "learning_rate": 0, "pad_token": "x"}
    settings = FinetuneSettings(method="lora", sft=sft, lora={"r": 0, "task_type": "SEQ_CLS"})
    problems = check_settings(settings)
    assert len(problems) == 6
    for name in (*sft, "r", "task_type"):
        assert len([problem for problem in problems if f".{name}" in problem]) == 1


def test_packing_needs_a_length_to_fill():
    [problem] = check_settings(FinetuneSettings(sft={"packing": True, "max_length": None}))
    assert "train.sft.max_length: null" in problem
