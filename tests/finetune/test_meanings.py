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
        ("max_steps", 0),
        ("max_grad_norm", -1.0),
        ("optim", "adamx"),
        ("lr_scheduler_type", "cosin"),
        ("packing_strategy", "wrapped"),
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
    ],
)
def test_what_can_be_meant_passes(sft):
    assert check_settings(FinetuneSettings(sft=sft)) == []


def test_the_nearest_name_is_offered():
    [problem] = check_settings(FinetuneSettings(sft={"lr_scheduler_type": "cosin"}))
    assert "Did you mean 'cosine'" in problem
