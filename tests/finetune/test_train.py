import random

import pytest
import torch
import yaml

from igds_bench.core.settings import FinetuneSettings
from igds_bench.errors import StageError
from igds_bench.finetune import train as module
from igds_bench.finetune.config import check_settings, steps_for
from igds_bench.finetune.train import logit_change, train
from igds_bench.finetune.weights import load_weights, save_weights

ROWS = [{"input_ids": list(range(5, 40)), "completion_mask": [0] * 20 + [1] * 15}]


def settings(method="full", **sft):
    given = {
        "learning_rate": 1e-3,
        "warmup_steps": 0,
        "per_device_train_batch_size": 4,
        "logging_steps": 1,
        **sft,
    }
    return FinetuneSettings(method=method, sft=given)


@pytest.fixture(scope="module")
def few(math_data):
    return math_data.pool.take(math_data.pool.ids[:8])


@pytest.mark.parametrize("method", ["full", "lora"])
def test_tunes_a_copy_and_its_weights_survive_the_disk(tiny_lm, few, method, tmp_path):
    before = {k: v.clone() for k, v in tiny_lm.model.state_dict().items()}
    tuned, summary = train(tiny_lm, few, settings(method), seed=0)
    assert all(torch.equal(before[k], v) for k, v in tiny_lm.model.state_dict().items())
    assert (summary.method, summary.steps, summary.epochs) == (method, 2, 1.0)
    assert summary.max_logit_change > 0
    assert len(summary.losses) == 2
    save_weights(tuned, tmp_path)
    assert not list(tmp_path.glob("*.bin"))
    assert (tmp_path / "adapter_config.json").exists() == (method == "lora")
    assert logit_change(load_weights(tiny_lm, tmp_path), tuned, ROWS) == 0.0


def test_the_same_seed_gives_the_same_weights_whatever_the_order_and_another_does_not(tiny_lm, few):
    first, _ = train(tiny_lm, few, settings(), seed=3)
    again, _ = train(tiny_lm, few.take(few.ids[::-1]), settings(), seed=3)
    other, _ = train(tiny_lm, few, settings(), seed=4)
    assert logit_change(first, again, ROWS) == 0.0
    assert logit_change(first, other, ROWS) > 0.0


def test_global_random_states_are_given_back(tiny_lm, few):
    torch.manual_seed(5)
    random.seed(5)
    wanted = torch.rand(1), random.random()
    torch.manual_seed(5)
    random.seed(5)
    train(tiny_lm, few, settings(max_steps=1), seed=0)
    assert (torch.rand(1), random.random()) == wanted


def test_a_diverged_run_says_at_which_step(tiny_lm, few):
    with pytest.raises(StageError, match=r"diverged at step \d+.*learning_rate"):
        train(tiny_lm, few, settings(learning_rate=1e9, num_train_epochs=4), seed=0)


def test_weights_that_do_not_move_are_an_error(tiny_lm, few):
    with pytest.raises(StageError, match="no weight moved"):
        train(tiny_lm, few, settings(learning_rate=0.0), seed=0)


def test_an_adapter_that_changes_nothing_is_an_error(tiny_lm, few):
    with pytest.raises(StageError, match="the adapter is not active"):
        train(tiny_lm, few, settings("lora", learning_rate=0.0), seed=0)


def test_a_loss_on_the_prompt_is_caught(tiny_lm, few, monkeypatch):
    own = module.trainer_arguments
    monkeypatch.setattr(
        module, "trainer_arguments", lambda *a: {**own(*a), "completion_only_loss": False}
    )
    with pytest.raises(StageError, match="not exactly its response tokens"):
        train(tiny_lm, few, settings(), seed=0)


def test_packing_trains_on_every_row(tiny_lm, few):
    _, summary = train(tiny_lm, few, settings(packing=True, max_length=128), seed=0)
    assert summary.steps >= 1


def test_reference_steps_set_the_number_of_steps(tiny_lm, few):
    _, summary = train(tiny_lm, few, settings(), seed=0, reference_steps=5)
    assert summary.steps == 5


@pytest.mark.parametrize(
    ("sft", "steps"),
    [
        ({"per_device_train_batch_size": 16, "num_train_epochs": 3}, 150),
        ({"per_device_train_batch_size": 16, "gradient_accumulation_steps": 4}, 13),
        ({"per_device_train_batch_size": 8, "packing": True, "max_length": 256}, 13),
    ],
)
def test_steps_of_a_whole_pool(sft, steps):
    assert steps_for(800, FinetuneSettings(sft=sft), tokens=25_600) == steps


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


def test_fields_whose_types_can_not_be_read_are_checked_by_name_alone(monkeypatch):
    def fails(config):
        raise NameError("only a checker sees it")

    monkeypatch.setattr("igds_bench.finetune.config.get_type_hints", fails)
    assert check_settings(FinetuneSettings(sft={"learning_rate": "fast"})) == []
    assert len(check_settings(FinetuneSettings(sft={"learning_rat": 1}))) == 1
