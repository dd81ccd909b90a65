"""A mended metric is applied to what is stored."""

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.errors import DataError, UnknownNameError
from igds_bench.harness.verify.rescore import rescore
from igds_bench.metrics import bleu
from igds_bench.report.publish.checks import check_records
from igds_bench.report.publish.publish import copy_records
from igds_bench.report.read.records import read_records
from igds_bench.report.sections import outline
from tests.builders.metrics import mended, problems, with_metrics
from tests.builders.whole import METRIC, whole_cells, whole_record, write_whole


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
        (replaced,) = record.rescored
        assert replaced.before["exact_match"] == old.scores["exact_match"]
        assert record.settings == old.settings
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
    assert record.rescored[0].before == {}
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
