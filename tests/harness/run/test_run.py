"""Grids as a whole: placebo, target-only, control features, explanations, chats."""

import json
import re
import shutil

import pyarrow.parquet as pq
import pytest

from igds_bench.core.record import RunRecord
from igds_bench.harness.run.grid import run_grid
from tests.builders.data.benchmarks import write_benchmark
from tests.builders.data.chats import write_chats
from tests.builders.grids import controlled, grid
from tests.builders.program import run as run_program


def records(folder):
    return {
        path.stem: RunRecord.model_validate_json(path.read_text())
        for path in (folder / "records").glob("*.json")
    }


def test_every_tuned_cell_measures_control_features_as_well(finished_controlled):
    folder, outcome = finished_controlled
    assert not outcome.failed
    tuned = [r for name, r in records(folder).items() if "base" not in name]
    assert len(tuned) == 4
    for record in tuned:
        (own,) = record.amplification
        assert set(own.controls) == {"random-recalled", "other-task"}
        assert own.features[0] not in own.controls["random-recalled"].features
        assert own.tuned_quantiles[2] == pytest.approx(own.tuned_median, abs=1e-4)
        assert len(own.base_quantiles) == 5 and own.base_quantiles != own.tuned_quantiles


def test_another_tasks_features_are_that_tasks_own(finished_controlled):
    folder, _ = finished_controlled
    by_task = {}
    for record in records(folder).values():
        by_task[record.cell.task] = record.amplification[0]
    math, translation = by_task["tiny-math"], by_task["tiny-translation"]
    assert math.controls["other-task"].features == translation.features
    assert translation.controls["other-task"].features == math.features


def test_a_placebo_trains_on_as_many_rows_of_every_source(finished_controlled):
    folder, _ = finished_controlled
    found = records(folder)
    own = {n.split("--")[2]: r for n, r in found.items() if n.startswith("tiny-math--tiny--")}
    assert own["igds"].selection.sources == own["shuffled-scores"].selection.sources
    assert own["igds"].selection.fingerprint != own["shuffled-scores"].selection.fingerprint
    assert own["shuffled-scores"].selection.notes["of"] == "igds"


def test_features_are_published_with_their_explanation_and_their_suite(finished_controlled):
    folder, _ = finished_controlled
    files = sorted((folder / "features").glob("*.json"))
    assert len(files) == 2
    for path in files:
        found = json.loads(path.read_text())
        assert found["explanation"]["features"][0]["steering"]
        assert found["fits"] and found["candidates"][0]["samples"] == found["m_dev"]
    assert json.loads((folder / "saes" / "tiny.json").read_text())["name"] == "tiny"


def test_the_same_again_computes_nothing_and_another_grid_drops_old_tables(
    finished_controlled, tmp_path
):
    folder = shutil.copytree(finished_controlled[0], tmp_path / "again")
    assert run_grid(controlled(), folder).computed == 0
    run_grid(controlled(tasks=["tiny-math"], explain=None), folder, only="base")
    assert len(list((folder / "features").glob("*.json"))) == 1


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


def test_a_grid_of_chats_runs_from_scoring_to_amplification(tmp_path):
    config = grid(
        tasks=[write_chats(tmp_path)],
        selectors=["random", "loss", "igds"],
        budgets=["25%"],
        chat_template="chatml",
    )
    outcome = run_grid(config, tmp_path / "run")
    assert [record.reason for record in outcome.failed] == []
    for record in records(tmp_path / "run").values():
        assert record.settings.writing.chats == 40
        assert record.settings.decoding.end_tokens == ["<eos>"]
        assert record.settings.decoding.max_new_tokens == 4
        assert record.amplification
        if record.training is not None:
            assert record.training.examples == 10
            assert record.training.scored_tokens < record.training.tokens


def test_a_grid_of_chats_is_measured_by_lm_eval_alone(tmp_path):
    path = write_chats(tmp_path)
    write_benchmark(tmp_path)
    text = (tmp_path / "chats.yaml").read_text()
    text = text.replace(", test: t.jsonl", "").replace("metrics: [exact_match]\n", "")
    (tmp_path / "chats.yaml").write_text(f"{text}benchmark: {{task: own.yaml, metric: kept}}\n")
    config = grid(
        tasks=[path],
        selectors=["random", "longest"],
        budgets=["25%"],
        chat_template="chatml",
        training_seeds=[0, 1],
        evaluation={},
    )
    outcome = run_grid(config, tmp_path / "run")
    assert [record.reason for record in outcome.failed] == []
    found = records(tmp_path / "run")
    assert len(found) == 5
    for record in found.values():
        assert record.primary_metric == "own_rules/kept"
        assert record.scores["own_rules/kept"].n == record.settings.data.test == 3
        assert record.scores["own_rules/kept"].signature.endswith(", as chats")
    made = run_program("leaderboard", tmp_path / "run", "--out", tmp_path / "board")
    assert made.exit_code == 0, made.output
    checked = run_program("verify", tmp_path / "board").output
    assert re.search(r"other scores are what their stored statistics give\W+1\d\W+none", checked)
    assert "own_rules/kept" in (tmp_path / "board" / "README.md").read_text()
    rows = pq.read_table(next((tmp_path / "board").glob("examples-*.parquet")))
    assert rows.num_rows == 5 * 3
