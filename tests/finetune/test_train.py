import random

import pytest
import torch

from igds_bench.core.settings import FinetuneSettings
from igds_bench.errors import StageError
from igds_bench.finetune import train as module
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
