"""Cells are run again and set against their records."""

import shutil

import pytest
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.core.record import RunRecord
from igds_bench.errors import DataError
from igds_bench.harness.verify import rerun as rerun_module
from igds_bench.harness.verify.rerun import rerun
from igds_bench.report.read.records import read_records
from tests.builders.whole import whole_record


def run_verify(*arguments):
    return CliRunner().invoke(app, ["verify", *map(str, arguments)])


@pytest.fixture
def real(finished):
    return finished[0]


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
    folder = shutil.copytree(real, tmp_path / "copy")
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
