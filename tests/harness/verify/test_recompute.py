"""Scores are computed again from the stored generations."""

import dataclasses
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.errors import DataError
from igds_bench.harness.verify.recompute import recompute
from igds_bench.harness.verify.rescore import rescore
from igds_bench.report.read.records import read_records
from tests.builders.metrics import mended, problems, with_metrics
from tests.builders.whole import (
    METRIC,
    scores_of,
    whole_cells,
    whole_record,
    whole_rows,
    write_whole,
)


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


def test_rows_of_another_order_give_the_same_scores():
    rows = whole_rows(3)
    turned = {name: values[::-1] for name, values in rows.items()}
    assert scores_of(rows) == scores_of(turned)
