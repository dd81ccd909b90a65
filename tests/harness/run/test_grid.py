"""A whole grid on the embedded model, as small as can be: what runs, is reused, fails."""

import json

import pyarrow.parquet as pq
import pytest

import igds_bench
from igds_bench.core.record import RunRecord
from igds_bench.errors import DataError
from igds_bench.harness.plan.forecast import forecast
from igds_bench.harness.run.grid import run_grid
from igds_bench.harness.stages import KINDS
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish.publish import publish
from tests.builders.grids import PLUGIN, grid


def record(folder, name):
    return RunRecord.model_validate_json((folder / "records" / f"{name}.json").read_text())


def test_every_cell_has_a_record_with_all_that_was_measured(finished):
    folder, outcome = finished
    assert (outcome.computed, outcome.failed) == (2, [])
    cell = record(folder, "tiny-math--tiny--random--2pct--s0--t0")
    assert set(cell.scores) == {"exact_match", "response_loss"}
    assert cell.selection.n == 16
    assert cell.training.steps == 2
    assert {phase.kind for phase in cell.phases} == {
        "features",
        "rank",
        "cut",
        "finetune",
        "evaluate",
        "amplify",
    }
    assert all(phase.seconds >= 0 for phase in cell.phases)
    assert cell.amplification[0].n == 200
    base = record(folder, "tiny-math--tiny--base")
    assert base.amplification[0].change == 0.0
    assert cell.amplification[0].base_mean == base.amplification[0].tuned_mean
    assert (folder / "examples" / f"{cell.key}.parquet").exists()
    manifest = json.loads((folder / "manifests" / f"{cell.selection.fingerprint}.json").read_text())
    assert len(set(manifest["ids"])) == 16
    assert not list(folder.glob("stages/finetune/*/weights"))


def test_the_same_grid_computes_nothing(first):
    again = run_grid(grid(), first)
    assert (again.computed, again.reused) == (0, 2)
    assert forecast(grid(), KINDS, first).cells_done == 2


def test_a_new_seed_computes_only_what_is_new(first):
    before = set(first.glob("stages/*/*"))
    outcome = run_grid(grid(training_seeds=[0, 1]), first)
    assert (outcome.computed, outcome.reused) == (1, 2)
    new = {path.parent.name for path in set(first.glob("stages/*/*")) - before}
    assert new == {"finetune", "evaluate", "amplify"}


def test_a_new_budget_ranks_no_further_than_it_must(first):
    before = {path: path.stat().st_mtime_ns for path in first.glob("stages/rank/*/meta.json")}
    run_grid(grid(budgets=["2%", "1%"]), first)
    assert {
        path: path.stat().st_mtime_ns for path in first.glob("stages/rank/*/meta.json")
    } == before


def test_records_that_no_longer_belong_are_set_aside(first):
    run_grid(grid(references=[]), first)
    kept = {path.name for path in (first / "records").glob("*.json")}
    assert kept == {"tiny-math--tiny--random--2pct--s0--t0.json"}
    (aside,) = (first / "records" / "superseded").glob("*.json")
    assert aside.name.startswith("tiny-math--tiny--base--")


def test_a_failed_cell_is_a_record_with_its_reason_and_the_grid_goes_on(first, tmp_path):
    path = tmp_path / "plug.py"
    path.write_text(PLUGIN)
    entries = [
        {"name": "wrong", "label": how, "params": {"how": how}}
        for how in ("fails", "short", "greedy")
    ]
    outcome = run_grid(grid(selectors=[*entries, "random"], plugins=[str(path)]), first)
    reasons = {failed.cell.selector: failed.reason for failed in outcome.failed}
    assert reasons["fails"] == "RuntimeError: on purpose"
    assert "ranked 1 examples, but the largest budget asks for 16" in reasons["short"]
    assert (
        "used 'base' without declaring it" in reasons["greedy"]
        or "'tokenizer'" in reasons["greedy"]
    )
    assert outcome.reused == 2
    assert len(list((first / "records" / "failed").glob("*.json"))) == 3
    # The observer that fails saw every new record, and stopped nothing.
    assert len((tmp_path / "plug.log").read_text().splitlines()) == 3


def test_a_diverged_run_is_a_failed_record(tmp_path):
    sft = {"max_steps": 4, "learning_rate": 1e9, "logging_steps": 1}
    outcome = run_grid(grid(train={"sft": sft}), tmp_path)
    (failed,) = outcome.failed
    assert failed.status == "failed"
    assert "diverged" in failed.reason
    assert failed.failed_stage.startswith("finetune/")
    assert (tmp_path / "records" / "failed" / f"{failed.cell.id}.json").exists()


def test_records_are_a_data_frame(finished):
    folder, _ = finished
    frame = igds_bench.load_records(folder)
    assert len(frame) == 2
    assert {"selector", "exact_match", "tokens", "amplification/tiny", "seconds/finetune"} <= set(
        frame
    )


def test_a_published_record_with_an_equal_key_is_taken_as_done(finished, tmp_path):
    folder, _ = finished
    board = tmp_path / "board"
    publish([folder], board)
    taken = tmp_path / "run"
    outcome = run_grid(grid(training_seeds=[0, 1]), taken, reuse=[board])
    assert (outcome.computed, outcome.reused) == (1, 2)
    name = "tiny-math--tiny--random--2pct--s0--t0"
    old, new = record(folder, name), record(taken, name)
    assert (new.key, new.scores, new.created) == (old.key, old.scores, old.created)
    # What selecting cost is said by the run that ranked; what training cost, by the record.
    ranked = json.loads(next(taken.glob("stages/rank/*/meta.json")).read_text())
    assert [p.seconds for p in new.phases if p.kind == "rank"] == [ranked["seconds"]]
    trained = [[p for p in r.phases if p.charge == "training"] for r in (old, new)]
    assert trained[0] == trained[1] != []
    for kind, key in (
        ("examples", f"{record(folder, name).key}.parquet"),
        ("manifests", f"{record(folder, name).selection.fingerprint}.json"),
    ):
        assert (taken / kind / key).exists()
    columns = pq.read_table(taken / "examples" / f"{record(folder, name).key}.parquet")
    assert columns.equals(
        pq.read_table(folder / "examples" / f"{record(folder, name).key}.parquet")
    )
    # Only the new cell was trained.
    assert len(list(taken.glob("stages/finetune/*"))) == 1


def test_records_that_are_there_or_taken_have_their_role_in_this_grid(first, finished, tmp_path):
    published, _ = finished
    name = "tiny-math--tiny--random--2pct--s0--t0"
    assert record(published, name).cell.role == "baseline"
    wanted = grid(selectors=["random", "longest"], baseline="longest")
    for outcome in (run_grid(wanted, first), run_grid(wanted, tmp_path, reuse=[published])):
        assert (outcome.computed, outcome.reused) == (1, 2)
        told = record(outcome.folder, name)
        assert told.cell.role == "contender"
        assert told.key == record(published, name).key
        longest = record(outcome.folder, "tiny-math--tiny--longest--2pct--s0--t0")
        assert longest.cell.role == "baseline"


def test_a_grid_whose_baseline_is_called_otherwise_has_verdicts(tmp_path):
    uniform = {"name": "random", "label": "uniform", "training_seeds": [0]}
    seeds = {"selection_seeds": [0, 1, 2], "training_seeds": [0, 1, 2]}
    outcome = run_grid(grid(selectors=[uniform, "longest"], **seeds), tmp_path)
    (board,) = build_leaderboard(outcome.folder).boards
    assert board.baseline == "uniform"
    assert board.row("longest", "2%").verdict.word
    assert board.row("uniform", "2%").verdict is None


def test_a_folder_without_records_can_not_be_reused(tmp_path):
    with pytest.raises(DataError, match="nothing to reuse"):
        run_grid(grid(), tmp_path / "run", reuse=[tmp_path])


def test_a_file_of_scores_is_recorded_by_its_content_and_never_by_its_place(
    first, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "judge.jsonl"
    path.write_text("".join(f'{{"_row": {n}, "score": {n}}}\n' for n in range(800)))

    def judged(place):
        given = {"file": str(place), "by": "_row"}
        return grid(selectors=["random", {"name": "column", "params": given}])

    assert run_grid(judged(path), first).computed == 1
    name = "tiny-math--tiny--column--2pct--s0--t0"
    assert (file := record(first, name).settings.selector["file"]).startswith("judge.jsonl (sha256")
    assert str(tmp_path) not in file + (first / "grid.yaml").read_text()
    assert record(first, name).selection.notes == {"missing": 0}
    assert run_grid(judged(path.rename(tmp_path / "again.jsonl")), first).computed == 0
