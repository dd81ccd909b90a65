import json

from igds_bench.errors import DataError
from tests.builders.program import run
from tests.builders.records import make_record, write_run


def test_leaderboard_renders_and_publishes(tmp_path):
    folder = write_run(tmp_path / "run", [make_record("random", "10%", 0, s) for s in range(3)])
    result = run("leaderboard", folder, "--out", tmp_path / "board")
    assert "random" in result.output
    assert (tmp_path / "board" / "README.md").exists()
    found = json.loads(run("leaderboard", folder, "--json").output)
    assert found["rows"][0]["selector"] == "random"


def test_leaderboard_shows_failures_and_problems(tmp_path):
    failed = make_record("good", "10%", 0, 0, status="failed", reason="out of [memory]")
    folder = write_run(tmp_path / "run", [make_record("base"), failed])
    (folder / "records" / "cut.json").write_text("{")
    result = run("leaderboard", folder)
    assert result.exit_code == 0
    assert "out of [memory]" in result.output
    assert "problem cut.json: no readable JSON" in result.output
    assert (folder / "README.md").exists()


def test_leaderboard_refuses_to_publish_over_a_run(tmp_path):
    folder = write_run(tmp_path / "run", [make_record("base")])
    result = run("leaderboard", folder, "--out", folder)
    assert isinstance(result.exception, DataError)
    assert list((folder / "records").glob("*.json"))
