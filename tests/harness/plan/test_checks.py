"""What can not work is said before anything runs."""

from types import SimpleNamespace

import pytest

from igds_bench.errors import ConfigError, PlanError
from igds_bench.harness.plan.checks import check_files
from igds_bench.harness.plan.forecast import forecast
from igds_bench.harness.run.grid import run_grid
from igds_bench.harness.stages import KINDS
from tests.builders.grids import controlled, grid


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"selectors": ["randm"]}, "Did you mean 'random'"),
        ({"tasks": ["tiny-maths"]}, "Did you mean 'tiny-math'"),
        ({"saes": ["gemma-scope-2b"]}, "was trained on 'google/gemma-2-2b', not on 'tiny'"),
        ({"budgets": [801]}, "larger than the pool of 800"),
        ({"budgets": ["99999999tok"]}, "larger than the pool of 'tiny-math'"),
        ({"amplification": {"m_dev": 5000}}, "has 1024 dev samples, and m_dev asks for 5000"),
        ({"train": {"sft": {"lr": 1}}}, "is no field of SFTConfig"),
        ({"evaluation": {"extra_evals": ["x.yaml"]}}, "does not exist"),
        (
            {"tasks": ["tiny-translation"], "evaluation": {"samples": {"n": 2, "k": [2]}}},
            "is for pass@k, and no metric of tiny-translation says right or wrong",
        ),
        ({"selectors": [{"name": "igds", "params": {"k": 3}}]}, "has no parameter 'k'"),
    ],
)
def test_what_can_not_work_is_said_before_anything_runs(changes, message, tmp_path):
    with pytest.raises(PlanError, match=message):
        run_grid(grid(**changes), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_all_problems_are_said_at_once():
    with pytest.raises(PlanError) as caught:
        forecast(
            grid(selectors=["randm"], tasks=["tiny-maths"], train={"sft": {"lr": 1}}), KINDS, KINDS
        )
    assert len(caught.value.problems) == 3


def test_a_placebo_of_nobody_is_refused_with_the_names(tmp_path):
    entry = {"name": "shuffled-scores", "params": {"of": "idgs"}}
    with pytest.raises(PlanError, match="which is not among the grid's selectors: set `of` to one"):
        run_grid(controlled(selectors=["igds", entry]), tmp_path)
    with pytest.raises((PlanError, ConfigError), match="needs the parameter 'of'"):
        run_grid(controlled(selectors=["igds", "shuffled-scores"]), tmp_path)


def test_splits_and_layers_that_are_not_there_are_refused(tmp_path):
    wanted = {"n_prior": 101, "layers": [1, 7]}
    with pytest.raises(PlanError) as refused:
        run_grid(controlled(amplification=wanted), tmp_path)
    text = str(refused.value)
    assert "has 100 prior samples, and n_prior asks for 101" in text
    assert "SAE suite 'tiny' has no layer 7: its layers are 0, 1, 2, 3" in text


def test_a_gpu_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PlanError, match="device 'cuda:97' is not there"):
        run_grid(controlled(device="cuda:97"), tmp_path)


def bench(tasks=("t",), models=("m",), labels=("random",), suites=()):
    opened = tuple(SimpleNamespace(spec=SimpleNamespace(name=name)) for name in suites)
    return SimpleNamespace(
        tasks=dict.fromkeys(tasks),
        models=dict.fromkeys(models),
        contenders=dict.fromkeys(labels),
        suites=dict.fromkeys(models, opened),
    )


@pytest.mark.parametrize(
    "names",
    [
        {"tasks": ("Math", "math")},
        {"models": ("a/b", "a_b")},
        {"labels": ("igds-A", "igds-a")},
        {"suites": ("S", "s")},
    ],
)
def test_names_that_would_share_a_file_are_refused_with_both(names):
    (problem,) = check_files(bench(**names))
    assert all(f"'{name}'" in problem for pair in names.values() for name in pair)


def test_names_that_are_too_long_together_are_refused():
    assert check_files(bench(labels=("x" * 100,), models=("y" * 70,))) == []
    (problem,) = check_files(bench(labels=("x" * 100,), models=("y" * 70,), suites=("z" * 20,)))
    assert "more than 180 characters together" in problem
