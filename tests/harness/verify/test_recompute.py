"""Scores are computed again from generations, metrics are mended, and cells are run again."""

import dataclasses
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.core.record import RunRecord
from igds_bench.errors import DataError, UnknownNameError
from igds_bench.harness.verify import rerun as rerun_module
from igds_bench.harness.verify.recompute import recompute
from igds_bench.harness.verify.rerun import rerun
from igds_bench.harness.verify.rescore import rescore
from igds_bench.harness.verify.tables import Measures, metric_behind
from igds_bench.metrics import METRICS, bleu, exact_match
from igds_bench.plugin.registry import Registered, Registries, Registry
from igds_bench.report.publish.checks import check_records
from igds_bench.report.publish.publish import copy_records
from igds_bench.report.read.records import read_records
from igds_bench.report.sections import outline
from tests.harness.run.test_grid import grid, run_grid
from tests.report.whole import METRIC, scores_of, whole_cells, whole_record, whole_rows, write_whole


def with_metrics(registries, *metrics, task="sums"):
    """Return registries in which one task has these metrics."""
    spec = dataclasses.replace(registries.tasks.get("tiny-math").spec, name=task, metrics=metrics)
    tasks = Registry("task", [Registered(spec, "mine", "", "")], {})
    return Registries(registries.selectors, registries.models, registries.saes, tasks)


def mended(version=2, signature="mended"):
    """Return a metric that counts every answer that is there as right."""

    def statistics(predictions, references):
        return METRIC.statistics(predictions, predictions)

    return dataclasses.replace(METRIC, statistics=statistics, version=version, signature=signature)


@pytest.fixture(params=["run", "board"])
def folder(request, tmp_path):
    run = write_whole(tmp_path / "run", whole_cells())
    if request.param == "run":
        return run
    copy_records([run], tmp_path / "board")
    return tmp_path / "board"


def problems(folder, registries):
    checks = recompute(folder, read_records(folder).ok, registries)
    return [problem for check in checks for problem in check.problems]


def change_rows(folder, change, key=None):
    """Change the stored rows of a record, in a run or a board."""
    key = key or whole_record()[0].key
    own = folder / "examples" / f"{key}.parquet"
    path = own if own.exists() else next(folder.glob("examples-*.parquet"))
    rows = pq.read_table(path).to_pylist()
    rows = [change(row) if row.get("record", key) == key else row for row in rows]
    pq.write_table(pa.Table.from_pylist(rows), path)


def test_scores_follow_from_the_generations(folder, registries):
    scores, losses, examples = recompute(folder, read_records(folder).ok, registries)
    assert (scores.count, losses.count, examples.count) == (7, 7, 7)
    assert not (scores.problems or losses.problems or examples.problems)
    assert "measured with the model" in losses.note


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda row: {**row, "generation": "#### 99"},
            "statistics of exact_match are not what the generations give for 4 of 8",
        ),
        (lambda row: {**row, "generation": "#### 99"}, "is 50.0 in the record and 0.0"),
        (lambda row: {**row, "exact_match/correct": 100.0}, "for 4 of 8 examples (e4 first)"),
        (
            lambda row: {**row, "response_loss/nats": 8.0},
            "response_loss is 0.5 in the record and 2.0",
        ),
        (lambda row: {**row, "prompt": row["prompt"] + "!"}, "8 of 8 test examples are not in it"),
        (lambda row: {**row, "example": row["example"] + "!"}, "8 of 8 test examples are not"),
    ],
)
def test_what_was_changed_afterwards_is_named(change, said, folder, registries):
    change_rows(folder, change)
    found = problems(folder, registries)
    assert any(said in problem and whole_record()[0].cell.id in problem for problem in found), found


def test_a_score_and_its_error_are_those_of_the_rows(folder, registries):
    path = folder / "records" / f"{whole_record()[0].cell.id}.json"
    record = json.loads(path.read_text())
    record["scores"]["exact_match"] |= {"value": 75.0, "stderr": 1.0, "n": 9}
    path.write_text(json.dumps(record))
    found = "\n".join(problems(folder, registries))
    assert "the exact_match is 75.0 in the record and 50.0" in found
    assert "the exact_match standard error is 1.0 in the record" in found
    assert "exact_match is over 9 examples, and 8 are stored" in found


def test_a_table_that_is_cut_off_is_named(tmp_path, registries):
    run = write_whole(tmp_path, whole_cells())
    path = run / "examples" / f"{whole_record()[0].key}.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    scores, _, _ = recompute(run, read_records(run).ok, registries)
    assert scores.count == 6
    assert scores.problems == (f"{path.name}: no readable table of examples (truncated?).",)
    with pytest.raises(DataError, match="truncated"):
        rescore(run, read_records(run).ok, with_metrics(registries, mended()))


def test_a_metric_that_nobody_has_is_left_and_said(folder, registries):
    for path in (folder / "records").glob("*.json"):
        path.write_text(path.read_text().replace(METRIC.signature.replace("\\", "\\\\"), "unknown"))
    scores, _, _ = recompute(folder, read_records(folder).ok, registries)
    assert scores.count == 0 and not scores.problems
    assert "exact_match: recorded as version 1, unknown; here it is" in scores.note


def test_a_plugins_metric_is_taken_from_its_task(folder, registries):
    wrong = dataclasses.replace(mended(), version=1, signature=METRIC.signature)
    found = problems(folder, with_metrics(registries, wrong))
    assert any("is 50.0 in the record and 100.0" in problem for problem in found)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_built_in_metric_is_found_by_its_signature(name):
    spec = METRICS[name]()
    rows = {"generation": ["a b c d e"], "reference": ["a b c d f"], "prompt": ["p"]}
    statistics = Measures().of(spec, pa.table(rows))
    from igds_bench.metrics import score

    found, why = metric_behind(name, score(spec, statistics), ())
    assert found is not None and not why
    assert (found.name, found.signature) == (spec.name, spec.signature)


def test_exact_match_is_rebuilt_with_the_pattern_of_its_signature():
    spec = exact_match(r"A: (\w+)|B", "mine")
    from igds_bench.metrics import score

    rows = {"generation": ["A: x"], "reference": ["A: x"], "prompt": ["p"]}
    recorded = score(spec, Measures().of(spec, pa.table(rows)))
    found, _ = metric_behind("mine", recorded, ())
    assert found.measure(["A: x", "no"], ["A: x", "A: y"], ["", ""])[:, 0].tolist() == [100.0, 0.0]


def test_equal_texts_are_measured_once():
    asked = []

    def statistics(predictions, references):
        asked.extend(predictions)
        return METRIC.statistics(predictions, references)

    spec, measures = dataclasses.replace(METRIC, statistics=statistics), Measures()
    table = pa.table({"generation": ["a", "b", "a"], "reference": ["a"] * 3, "prompt": ["p"] * 3})
    assert measures.of(spec, table)[:, 0].tolist() == [0.0, 0.0, 0.0]
    measures.of(spec, table)
    assert asked == ["a", "b"]


def test_a_mended_metric_is_applied_to_records_and_tables(folder, registries):
    before = {record.cell.id: record for record in read_records(folder).ok}
    texts = {p.name: pq.read_table(p, columns=["generation"]).to_pylist() for p in tables(folder)}
    done = rescore(folder, list(before.values()), with_metrics(registries, mended()))
    assert (len(done.changed), done.unchanged) == (7, 0)
    for record in read_records(folder).ok:
        old = before[record.cell.id]
        score = record.scores["exact_match"]
        assert (score.value, score.version, score.signature) == (100.0, 2, "mended")
        assert (
            record.key == old.key and record.scores["response_loss"] == old.scores["response_loss"]
        )
        (note,) = record.settings["rescored"]
        assert note["before"]["exact_match"] == old.scores["exact_match"].model_dump()
        assert {k: v for k, v in record.settings.items() if k != "rescored"} == old.settings
    assert texts == {
        p.name: pq.read_table(p, columns=["generation"]).to_pylist() for p in tables(folder)
    }
    assert not problems(folder, with_metrics(registries, mended()))
    assert not [
        p for check in check_records(folder) for p in check.problems if "version 2" not in p
    ]


def tables(folder):
    return sorted([*folder.glob("examples-*.parquet"), *folder.glob("examples/*.parquet")])


def test_applying_it_again_changes_nothing(folder, registries):
    having = with_metrics(registries, mended())
    rescore(folder, read_records(folder).ok, having)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = rescore(folder, read_records(folder).ok, having)
    assert (len(done.changed), done.unchanged) == (0, 7)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_further_metric_of_the_task_is_added(folder, registries):
    rescore(folder, read_records(folder).ok, with_metrics(registries, METRIC, bleu()))
    (record,) = [r for r in read_records(folder).ok if r.cell.selector == "base"]
    assert set(record.scores) == {"exact_match", "response_loss", "bleu"}
    assert record.settings["rescored"][0]["before"] == {}
    assert not problems(folder, with_metrics(registries, METRIC, bleu()))


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (mended(1, METRIC.signature), "raise the metric's `version`"),
        (mended(0), "is of version 1, which is newer than the 0"),
    ],
)
def test_a_metric_must_say_that_it_is_another(metric, said, folder, registries):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(DataError, match=said):
        rescore(folder, read_records(folder).ok, with_metrics(registries, metric))
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_keeps_what_its_stages_computed(tmp_path, registries):
    run = write_whole(tmp_path, whole_cells())
    (own,) = (run / "examples").glob(f"{whole_record()[0].key}.parquet")
    stage = run / "stages.parquet"
    stage.hardlink_to(own)
    before = stage.read_bytes()
    rescore(run, read_records(run).ok, with_metrics(registries, mended()))
    assert stage.read_bytes() == before != own.read_bytes()


def test_missing_generations_end_it_before_anything_is_written(tmp_path, registries):
    run = write_whole(tmp_path, whole_cells())
    (run / "examples" / f"{whole_record()[0].key}.parquet").unlink()
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(DataError, match="its generations are missing; nothing was changed"):
        rescore(run, read_records(run).ok, with_metrics(registries, mended()))
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_only_the_named_task_is_computed_again(tmp_path, registries):
    run = write_whole(tmp_path, whole_cells())
    records = read_records(run).ok
    with pytest.raises(DataError, match="has no record of task 'other'; its tasks: sums"):
        rescore(run, records, with_metrics(registries, mended(), task="other"), "other")
    with pytest.raises(UnknownNameError, match="no task is called"):
        rescore(run, records, registries, "nowhere")


def test_the_command_says_what_changed_and_writes_the_report(tmp_path, monkeypatch):
    for name in ("draw_curves", "draw_amplification"):
        monkeypatch.setattr(outline, name, lambda *_: {})
    run = write_whole(tmp_path / "run", whole_cells())
    copy_records([run], tmp_path / "board")
    task = tmp_path / "sums.yaml"
    task.write_text(
        "name: sums\nprompt: '{q}'\nresponse: '{a}'\nmetrics: [exact_match]\nanswer: '(9)'\n"
        "splits: {train: a.jsonl, test: b.jsonl}\ncarve: {from: train}\n"
    )
    result = CliRunner().invoke(app, ["rescore", str(tmp_path / "board"), "--task", str(task)])
    assert "7 records have new scores, 0 are as they were." in result.output.replace("\n", " ")
    assert "answer:(9)" in (tmp_path / "board" / "records" / "sums--tiny--base.json").read_text()
    assert (tmp_path / "board" / "README.md").exists()


def run_verify(*arguments):
    return CliRunner().invoke(app, ["verify", *map(str, arguments)])


def test_the_command_reports_every_check_and_ends_with_two_on_a_problem(folder):
    result = run_verify(folder)
    assert result.exit_code == 0, result.output
    for words in ("manifests are complete", "scores are what the stored", "budgets are exact"):
        assert words in result.output
    change_rows(folder, lambda row: {**row, "generation": "#### 99"})
    result = run_verify(folder)
    assert result.exit_code == 2
    assert "problem:" in result.output and "by what is stored" in result.output


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    run_grid(grid(), folder)
    return folder


def test_cells_that_are_run_again_are_set_against_their_records(real):
    found = rerun(real, read_records(real).ok, 1)
    assert len({line.cell for line in found}) == 1
    assert {line.metric for line in found} == {"exact_match", "response_loss"}
    assert all(line.same_key for line in found)
    for line in found:
        assert line.difference == pytest.approx(0.0, abs=1e-3)


def test_the_sample_is_drawn_by_the_seed(real, monkeypatch):
    asked = []
    monkeypatch.setattr(rerun_module, "run_grid", lambda *_, only: asked.append(only))
    for seed in (*range(8), *range(8)):
        rerun(real, read_records(real).ok, 1, seed)
    assert len(set(asked)) == 2
    assert asked[:8] == asked[8:]


def test_a_difference_beyond_the_tolerance_is_a_problem(real, tmp_path):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(real, folder)
    for path in (folder / "records").glob("*.json"):
        record = RunRecord.model_validate_json(path.read_text())
        score = record.scores["exact_match"].model_copy(update={"value": 70.0})
        record = record.model_copy(update={"scores": {**record.scores, "exact_match": score}})
        path.write_text(record.model_dump_json())
    result = run_verify(folder, "--rerun", 1, "--tolerance", 5)
    assert result.exit_code == 2
    assert "more than 5 apart" in " ".join(result.output.split())


def test_what_can_not_be_run_again_is_said(tmp_path, real):
    with pytest.raises(DataError, match=r"no grid\.yaml"):
        rerun(tmp_path, read_records(real).ok, 1)
    (tmp_path / "grid.yaml").write_text((real / "grid.yaml").read_text())
    with pytest.raises(DataError, match=r"is a cell of its grid\.yaml"):
        rerun(tmp_path, [whole_record()[0]], 1)


def test_rows_of_another_order_give_the_same_scores():
    rows = whole_rows(3)
    turned = {name: values[::-1] for name, values in rows.items()}
    assert scores_of(rows) == scores_of(turned)
