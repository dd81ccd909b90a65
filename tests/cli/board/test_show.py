import json

from igds_bench.errors import IgdsError
from tests.builders.program import run
from tests.builders.records import make_record, write_run


def test_show_prints_a_record(tmp_path):
    folder = write_run(tmp_path, [make_record("good", "10%", 0, 0)])
    (path,) = (folder / "records").glob("*.json")
    output = run("show", path).output
    assert "exact_match (primary)" in output
    assert "settings.train" in output and "'method': 'full'" in output
    assert json.loads(run("show", path, "--json").output)["cell"]["selector"] == "good"
    assert isinstance(run("show", tmp_path / "no.json").exception, IgdsError)


def test_show_says_what_further_measures_found(tmp_path):
    record = make_record("good", "10%", 0, 0)
    record = record.model_copy(update={"measures": {"count-words": {"words": 12}}})
    (path,) = (write_run(tmp_path, [record]) / "records").glob("*.json")
    assert "measures.count-words {'words': 12}" in run("show", path).output


def test_show_names_the_nearest_record_and_says_why_a_cell_failed(tmp_path):
    failed = make_record(
        "good", "10%", 0, 0, status="failed", reason="out of [memory]", failed_stage="finetune"
    )
    folder = write_run(tmp_path, [failed]) / "records" / "failed"
    result = run("show", folder / failed.cell.id)
    assert f"Did you mean '{failed.cell.id}.json'?" in str(result.exception)
    assert "out of [memory] (in finetune)" in run("show", folder / f"{failed.cell.id}.json").output
