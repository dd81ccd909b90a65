"""Training curves go to the trainer's own trackers, told apart, and change nothing."""

import os
import sys
from types import SimpleNamespace
from typing import ClassVar

import pytest
from transformers import TrainerCallback
from transformers.integrations import integration_utils

from igds_bench.core.settings import FinetuneSettings
from igds_bench.errors import PlanError
from igds_bench.finetune.config import check_settings
from igds_bench.finetune.curves import PLACE, named, tracked, trackers
from igds_bench.finetune.train import logit_change, train
from igds_bench.harness.run.grid import run_grid
from tests.builders.grids import grid


def settings(**sft):
    return FinetuneSettings(sft=sft)


class StandIn(TrainerCallback):
    """A tracker that remembers what the trainer tells it, and where curves were to go."""

    seen: ClassVar[list] = []

    def on_log(self, args, state, control, logs=None, **_):
        StandIn.seen.append((args.run_name, os.environ.get(PLACE), logs))


@pytest.fixture
def standin(monkeypatch):
    StandIn.seen.clear()
    monkeypatch.setitem(integration_utils.INTEGRATION_TO_CALLBACK, "standin", StandIn)
    there = integration_utils.get_available_reporting_integrations
    monkeypatch.setattr(
        integration_utils, "get_available_reporting_integrations", lambda: [*there(), "standin"]
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        ({"report_to": "none"}, []),
        ({"report_to": None}, []),
        ({"report_to": ["a", "b"]}, ["a", "b"]),
    ],
)
def test_trackers_are_those_that_are_named(given, found):
    assert trackers(settings(**given)) == found


def test_a_tracker_that_does_not_exist_or_is_not_installed_is_a_problem_of_the_plan(monkeypatch):
    monkeypatch.setattr(
        integration_utils, "get_available_reporting_integrations", lambda: ["wandb"]
    )
    (problem,) = check_settings(settings(report_to="mlflow"))
    assert problem == "`train.sft.report_to: mlflow` needs its package: pip install mlflow"
    (problem,) = check_settings(settings(report_to=["wandb", "tensorbord"]))
    assert "no tracker 'tensorbord'. Did you mean 'tensorboard'?" in problem
    for fine in ("wandb", "all", "none", ["wandb"]):
        assert not check_settings(settings(report_to=fine))


def test_the_plan_refuses_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(integration_utils, "get_available_reporting_integrations", lambda: [])
    with pytest.raises(PlanError, match="pip install trackio"):
        run_grid(grid(train={"sft": {"report_to": "trackio"}}), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_where_curves_go_is_not_part_of_what_determines_the_weights():
    plain = settings(learning_rate=1e-3)
    told = settings(learning_rate=1e-3, report_to="wandb", run_name="x", project="p")
    assert told.key_fields() == plain.key_fields()
    assert settings(learning_rate=1e-3, logging_steps=1).key_fields() != plain.key_fields()


def test_every_training_has_a_name_of_its_own():
    given = settings(report_to="wandb", run_name="trial", learning_rate=1.0)
    stage = FinetuneSettings(**given.key_fields())
    found = named(stage, given, "sums/tiny/random/10%/t0")
    assert found.sft == {**given.sft, "run_name": "trial sums/tiny/random/10%/t0"}
    assert named(stage, settings(), "sums").sft["run_name"] == "sums"


def test_a_place_that_the_user_set_is_kept(tmp_path, monkeypatch):
    with tracked(settings(report_to="tensorboard"), tmp_path):
        assert os.environ[PLACE] == str(tmp_path)
    assert PLACE not in os.environ
    monkeypatch.setenv(PLACE, "mine")
    with tracked(settings(report_to="tensorboard"), tmp_path):
        assert os.environ[PLACE] == "mine"
    assert os.environ[PLACE] == "mine"
    monkeypatch.delenv(PLACE)
    with tracked(settings(), tmp_path):
        assert PLACE not in os.environ


@pytest.mark.parametrize("was_there", [False, True])
def test_a_run_of_wandb_ends_with_its_training_unless_it_was_there_before(was_there, monkeypatch):
    ended = []
    run = SimpleNamespace(finish=lambda: ended.append(1))
    wandb = SimpleNamespace(run=run if was_there else None)
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    with tracked(settings(report_to="wandb"), None):
        wandb.run = run
    assert ended == ([] if was_there else [1])


def test_a_grid_with_a_tracker_tells_it_every_training_and_trains_as_without(tmp_path, standin):
    train = {"max_steps": 2, "learning_rate": 1e-3, "logging_steps": 1}
    small = {"selectors": ["random"], "selection_seeds": [0, 1], "references": [], "explain": None}
    run_grid(grid(train={"sft": {**train, "report_to": "standin"}}, **small), tmp_path / "told")
    assert {name for name, _, _ in StandIn.seen} == {
        f"tiny-math/tiny/random/2%/s{seed}/t0" for seed in (0, 1)
    }
    assert {place for _, place, _ in StandIn.seen} == {
        str(tmp_path / "told" / "curves" / f"tiny-math--tiny--random--2pct--s{seed}--t0")
        for seed in (0, 1)
    }
    assert sum("loss" in logs for _, _, logs in StandIn.seen) == 4
    found = run_grid(grid(train={"sft": train}, **small), tmp_path / "told")
    assert (found.computed, found.reused) == (0, 2)


def test_a_tracker_changes_nothing_in_the_weights(tiny_lm, math_data, standin):
    few = math_data.pool.take(math_data.pool.ids[:8])
    given = {"learning_rate": 1e-3, "warmup_steps": 0, "logging_steps": 1}
    plain, summary = train(tiny_lm, few, settings(**given), seed=0)
    told, same = train(tiny_lm, few, settings(**given, report_to="standin"), seed=0)
    rows = [{"input_ids": list(range(5, 40))}]
    assert logit_change(plain, told, rows) == 0.0
    assert same == summary and StandIn.seen


@pytest.mark.skipif(
    "tensorboard" not in integration_utils.get_available_reporting_integrations(),
    reason="TensorBoard is not installed",
)
def test_tensorboard_keeps_the_curves_in_the_run_folder(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train = {"max_steps": 3, "learning_rate": 1e-3, "logging_steps": 1, "report_to": "tensorboard"}
    run_grid(grid(train={"sft": train}, references=[], explain=None), tmp_path)
    (place,) = (tmp_path / "curves").iterdir()
    events = EventAccumulator(str(place)).Reload()
    assert [point.step for point in events.Scalars("train/loss")] == [1, 2, 3]
