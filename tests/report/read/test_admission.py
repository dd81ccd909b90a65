"""What can't be compared is named in the report's own problems section and in no verdict."""

import json

import pytest
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.core.record import Score
from igds_bench.report.sections import outline
from tests.report.conftest import make_record, write_run

RANDOM = [(draw, seed) for draw in range(3) for seed in range(3)]


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Draw nothing: figures take seconds, and none is looked at here."""
    for name in ("draw_curves", "draw_amplification"):
        monkeypatch.setattr(outline, name, lambda *_: {})


def good(seed, **changes):
    return make_record("good", "10%", 0, seed, **changes)


def sound():
    """Return records of which nothing is wrong: 9 of random, 3 of good."""
    return [make_record("random", "10%", d, s) for d, s in RANDOM] + [good(s) for s in range(3)]


def odd(run, seed=7):
    """Return the file of a further record of ``good``, far above the others."""
    write_run(run, [good(seed, value=99.0)])
    return run / "records" / f"{good(seed).cell.id}.json"


def truncated(run):
    path = odd(run)
    path.write_text(path.read_text()[:200])
    return path.name


def foreign(run):
    path = odd(run)
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema_version": 99}))
    return path.name


def unknown_field(run):
    path = odd(run)
    path.write_text(json.dumps({**json.loads(path.read_text()), "mine": 1}))
    return path.name


def without_manifest(run):
    path = odd(run)
    record = json.loads(path.read_text())
    record["selection"]["fingerprint"] = "gone"
    path.write_text(json.dumps(record))
    return path.stem


def out_of_bounds(run):
    write_run(run, [good(7, value=170.0)])
    return good(7).cell.id


def other_metric_version(run):
    scores = {"exact_match": Score(value=99.0, stderr=1.0, n=100, version=2)}
    write_run(run, [good(7, scores=scores)])
    return good(7).cell.id


def other_signature(run):
    scores = {"exact_match": Score(value=99.0, stderr=1.0, n=100, signature="exact|mine")}
    write_run(run, [good(7, scores=scores)])
    return good(7).cell.id


def other_test_split(run):
    """Add what another run of a task of the same name, with other data, has published."""
    write_run(run, [good(7, value=99.0, revisions={"data": "other", "base": "b"})])
    return good(7).cell.id


LEFT_OUT = {
    truncated: "no readable JSON (truncated?)",
    foreign: "schema version 99 is not one this version reads",
    unknown_field: "`mine` extra inputs are not permitted",
    without_manifest: "manifests/gone.json, is missing",
    out_of_bounds: "exact_match = 170 is outside 0 to 100",
    other_metric_version: "metric version 2 instead of 1; shown apart",
    other_signature: "metric signature exact|mine instead of unknown; shown apart",
    other_test_split: "data other instead of d; shown apart",
}


def report(run, tmp_path, *others):
    """Publish by command; return the rows, and the problems section of the README."""
    out = tmp_path / "board"
    folders = [str(folder) for folder in (run, *others)]
    result = CliRunner().invoke(app, ["leaderboard", *folders, "--out", str(out), "--json"])
    assert result.exit_code == 0, result.exception
    text = (out / "README.md").read_text()
    section = text.split("## Problems", 1)[1].split("\n## ", 1)[0] if "## Problems" in text else ""
    rows = {(row["selector"], row["metric"]): row for row in json.loads(result.output)["rows"]}
    return rows, section.replace("\\|", "|")


def test_sound_records_have_no_problems_section(tmp_path):
    rows, section = report(write_run(tmp_path / "run", sound()), tmp_path)
    assert section == ""
    assert rows["good", "exact_match"]["verdict"] == "better"


@pytest.mark.parametrize("spoil", LEFT_OUT, ids=lambda spoil: spoil.__name__)
def test_a_bad_record_is_named_and_in_no_number(spoil, tmp_path):
    wanted, _ = report(write_run(tmp_path / "sound", sound()), tmp_path)
    run = write_run(tmp_path / "run", sound())
    name = spoil(run)
    rows, section = report(run, tmp_path)
    assert name in section and LEFT_OUT[spoil] in section
    assert {k: row["mean"] for k, row in rows.items()} == {
        k: row["mean"] for k, row in wanted.items()
    }
    for field in ("n", "verdict", "against_random", "against_random_low", "rank"):
        assert rows["good", "exact_match"][field] == wanted["good", "exact_match"][field]


def test_two_runs_with_other_test_splits_under_one_name_are_not_averaged(tmp_path):
    one = write_run(tmp_path / "one", sound())
    other = [
        make_record("bad", "10%", 0, seed, revisions={"data": "other", "base": "b"})
        for seed in range(3)
    ]
    rows, section = report(one, tmp_path, write_run(tmp_path / "two", other))
    assert ("bad", "exact_match") not in rows
    said = (
        "data other instead of d; shown apart, left out of the verdict: bad at 10% 22.50 (3 cells)."
    )
    assert said in section


def test_without_a_random_row_nobody_has_a_verdict(tmp_path):
    run = write_run(tmp_path / "run", [good(s) for s in range(3)])
    rows, section = report(run, tmp_path)
    assert "there is no `random` row, so no row has a verdict" in section
    assert rows["good", "exact_match"]["verdict"] == ""


def test_with_one_seed_nobody_has_a_verdict(tmp_path):
    run = write_run(tmp_path / "run", [make_record("random", "10%", 0, 0), good(0)])
    rows, section = report(run, tmp_path)
    assert "fewer than 3 seeds" in section
    assert "random" in section and "good" in section
    assert rows["good", "exact_match"]["verdict"] == "no verdict"
