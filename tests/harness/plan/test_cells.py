"""Controls in a grid: placebo, target-only, control features, explanations."""

import json

import pytest

from igds_bench.core.record import RunRecord
from igds_bench.errors import ConfigError, PlanError
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.resolve import open_grid
from igds_bench.harness.run.grid import run_grid
from tests.harness.run.test_grid import grid

PLACEBO = {"name": "shuffled-scores", "params": {"of": "igds"}}


def controlled(**changes):
    wanted = {
        "tasks": ["tiny-math", "tiny-translation"],
        "selectors": ["igds", PLACEBO],
        "explain": {"features": 1, "multipliers": [1], "prior_sets": 2, "words": 2},
    }
    return grid(**{**wanted, **changes})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, run_grid(controlled(), folder)


def records(folder):
    return {
        path.stem: RunRecord.model_validate_json(path.read_text())
        for path in (folder / "records").glob("*.json")
    }


def test_every_tuned_cell_measures_control_features_as_well(run):
    folder, outcome = run
    assert not outcome.failed
    tuned = [r for name, r in records(folder).items() if "base" not in name]
    assert len(tuned) == 4
    for record in tuned:
        (own,) = record.amplification
        assert set(own.controls) == {"random-recalled", "other-task"}
        assert own.features[0] not in own.controls["random-recalled"].features
        assert own.tuned_quantiles[2] == pytest.approx(own.tuned_median, abs=1e-4)
        assert len(own.base_quantiles) == 5 and own.base_quantiles != own.tuned_quantiles


def test_another_tasks_features_are_that_tasks_own(run):
    folder, _ = run
    by_task = {}
    for record in records(folder).values():
        by_task[record.cell.task] = record.amplification[0]
    math, translation = by_task["tiny-math"], by_task["tiny-translation"]
    assert math.controls["other-task"].features == translation.features
    assert translation.controls["other-task"].features == math.features


def test_a_placebo_trains_on_as_many_rows_of_every_source(run):
    folder, _ = run
    found = records(folder)
    own = {n.split("--")[2]: r for n, r in found.items() if n.startswith("tiny-math--tiny--")}
    assert own["igds"].selection.sources == own["shuffled-scores"].selection.sources
    assert own["igds"].selection.fingerprint != own["shuffled-scores"].selection.fingerprint
    assert own["shuffled-scores"].selection.notes["of"] == "igds"


def test_features_are_published_with_their_explanation_and_their_suite(run):
    folder, _ = run
    files = sorted((folder / "features").glob("*.json"))
    assert len(files) == 2
    for path in files:
        found = json.loads(path.read_text())
        assert found["explanation"]["features"][0]["steering"]
        assert found["fits"] and found["candidates"][0]["samples"] == found["m_dev"]
    assert json.loads((folder / "saes" / "tiny.json").read_text())["name"] == "tiny"


def test_the_same_again_computes_nothing_and_another_grid_drops_old_tables(run):
    folder, _ = run
    assert run_grid(controlled(), folder).computed == 0
    run_grid(controlled(tasks=["tiny-math"], explain=None), folder, only="base")
    assert len(list((folder / "features").glob("*.json"))) == 1


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


def test_a_selector_has_budgets_and_seeds_of_its_own():
    own = {"name": "random", "budgets": ["3%"], "selection_seeds": [4, 5], "training_seeds": [7]}
    config = controlled(selectors=["igds", own], training_seeds=[0, 1], tasks=["tiny-math"])
    plan = make_plan(open_grid(config)[1])
    cells = [planned.cell for planned in plan.cells]
    random = [cell for cell in cells if cell.selector == "random"]
    assert {(c.budget, c.selection_seed, c.training_seed) for c in random} == {
        ("3%", 4, 7),
        ("3%", 5, 7),
    }
    igds = [cell for cell in cells if cell.selector == "igds"]
    assert {(c.budget, c.training_seed) for c in igds} == {("2%", 0), ("2%", 1)}


def test_target_only_trains_on_prior_and_dev(tmp_path):
    config = controlled(
        tasks=["tiny-math"],
        selectors=["random"],
        references=["target-only"],
        explain=None,
    )
    assert not run_grid(config, tmp_path, only="target-only").failed
    (record,) = records(tmp_path).values()
    assert record.cell.id == "tiny-math--tiny--target-only--t0"
    assert record.selection.n == record.selection.pool_size == 100 + 1024
    assert record.cell.budget is None


def test_a_suite_without_features_costs_its_measure_and_not_the_cell(tmp_path):
    wanted = {"delta": "log-likelihood", "m_dev": 8, "n_prior": 20, "null_directions": 1}
    config = controlled(
        tasks=["tiny-math"],
        selectors=["igds", "random"],
        explain=None,
        # Nothing is active on every sample in the last layer alone.
        amplification={**wanted, "tau": 1.0, "layers": [3]},
    )
    outcome = run_grid(config, tmp_path)
    assert [record.cell.selector for record in outcome.failed] == ["igds"]
    assert "no feature of SAE suite 'tiny' is active" in outcome.failed[0].reason
    kept = records(tmp_path)
    assert {r.cell.selector for r in kept.values()} == {"base", "random"}
    assert all(r.amplification == [] and r.scores for r in kept.values())


def test_a_filter_may_stand_in_front_of_a_placebo(tmp_path):
    placebo = {"name": "shuffled-scores", "params": {"of": "longest"}}
    outcome = run_grid(
        grid(selectors=["longest", {**placebo, "filters": ["semantic-dedup"]}]), tmp_path
    )
    assert outcome.failed == []
    name = "tiny-math--tiny--shuffled-scores--2pct--s0--t0"
    assert records(tmp_path)[name].settings.filters[0].name == "semantic-dedup"
