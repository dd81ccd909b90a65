from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from trl import SFTConfig

from igds_bench.core.settings import FinetuneSettings
from igds_bench.finetune.config import OFF, OWNED, check_settings, steps_for
from igds_bench.finetune.lengths import TrainedLengths

LENGTHS = TrainedLengths(None, (32,) * 800, cut=0, dropped=0, nearest=8)


@pytest.mark.parametrize(
    ("sft", "steps"),
    [
        ({"per_device_train_batch_size": 16, "num_train_epochs": 3}, 150),
        ({"per_device_train_batch_size": 16, "gradient_accumulation_steps": 4}, 13),
        ({"per_device_train_batch_size": 48, "dataloader_drop_last": True}, 16),
        ({"per_device_train_batch_size": 8, "packing": True}, 13),
        ({"per_device_train_batch_size": 8, "num_train_epochs": 0.001}, 1),
    ],
)
def test_steps_of_a_whole_pool(sft, steps):
    limit = 256 if "packing" in sft else None
    assert steps_for(replace(LENGTHS, limit=limit), FinetuneSettings(sft=sft)) == steps


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sft": {"learning_rat": 1}}, "Did you mean 'learning_rate'"),
        ({"sft": {"output_dir": "x"}}, "can't be set"),
        ({"method": "lora", "lora": {"rank": 1}}, "is no field of LoraConfig"),
        ({"lora": {"r": 1}}, "set `method: lora`"),
        ({"match": "steps", "sft": {"max_steps": 5}}, "take out `match: steps`"),
    ],
)
def test_wrong_settings_are_named(given, message):
    (problem,) = check_settings(FinetuneSettings(**given))
    assert message in problem


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sft": {"learning_rate": "fast"}}, "learning_rate: 'fast'` is not a number."),
        ({"sft": {"max_steps": 3.5}}, "max_steps: 3.5` is not a whole number."),
        ({"sft": {"bf16": "maybe"}}, "is not true or false or null."),
        ({"sft": {"gradient_checkpointing_kwargs": 3}}, "is not a mapping or a text or null."),
        ({"method": "lora", "lora": {"bias": "nix"}}, "not 'none' or 'all' or 'lora_only'."),
    ],
)
def test_values_of_another_type_are_named_before_anything_is_trained(given, message):
    (problem,) = check_settings(FinetuneSettings(**given))
    assert message in problem


@pytest.mark.parametrize("written", ["2e-5", "2E-5", "2.e-5", "2.0e-5"])
def test_numbers_that_yaml_reads_as_text_are_numbers(written):
    read = FinetuneSettings(sft=yaml.safe_load(f"learning_rate: {written}"))
    assert read.sft["learning_rate"] == 2e-5
    assert check_settings(read) == []


def test_numbers_in_nested_options_are_numbers_too():
    read = FinetuneSettings(sft={"lr_scheduler_kwargs": {"min_lr": "1e-6"}})
    assert read.sft["lr_scheduler_kwargs"] == {"min_lr": 1e-6}


def test_text_that_is_no_number_is_left_as_it_is():
    assert FinetuneSettings(sft={"run_name": "2e-5 again"}).sft["run_name"] == "2e-5 again"


def test_fields_whose_types_can_not_be_read_are_checked_by_name_and_by_trl(monkeypatch):
    def fails(config):
        raise NameError("only a checker sees it")

    monkeypatch.setattr("igds_bench.finetune.config.get_type_hints", fails)
    [problem] = check_settings(FinetuneSettings(sft={"learning_rate": "fast"}))
    assert "`train.sft.learning_rate: 'fast'` is refused" in problem
    assert len(check_settings(FinetuneSettings(sft={"learning_rat": 1}))) == 1


@pytest.mark.parametrize("name", [*OWNED, *OFF])
def test_the_page_on_training_names_what_is_refused(name):
    page = Path(__file__).parents[2] / "docs" / "training.md"
    assert f"`{name}`" in page.read_text("utf-8")


@pytest.mark.parametrize("name", OFF)
def test_what_can_not_be_used_may_be_set_to_its_default(name):
    default = SFTConfig.__dataclass_fields__[name].default
    [problem] = check_settings(FinetuneSettings(sft={name: "x"}))
    assert f"`train.sft.{name}` can't be used: {OFF[name]}." == problem
    assert check_settings(FinetuneSettings(sft={name: default})) == []
