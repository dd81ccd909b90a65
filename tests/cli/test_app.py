import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.cli.plugin.new import PluginKind, scaffold
from igds_bench.cli.pool.select import write_rows
from igds_bench.errors import ConfigError, IgdsError
from tests.report.conftest import make_record, write_run

RUNNER = CliRunner()
VERBS = ["run", "watch", "plan", "select", "leaderboard", "submit", "verify", "rescore", "gallery"]
VERBS += ["list", "show", "new"]


def run(*arguments):
    return RUNNER.invoke(app, [str(argument) for argument in arguments])


def program(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "igds_bench", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


@pytest.mark.parametrize("kind", ["selectors", "models", "saes", "tasks", "metrics", "plugins"])
def test_lists_are_tables_or_json(kind):
    names = [row["name"] for row in json.loads(run("list", kind, "--json").output)]
    assert names
    plain = run("list", kind).output
    assert all(f"{name}\t" in plain for name in names)


def test_an_error_is_one_message_with_exit_code_two(tmp_path):
    done = program("run", tmp_path / "absent.yaml")
    assert done.returncode == 2
    assert "absent.yaml does not exist." in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback(tmp_path):
    done = program("--debug", "run", tmp_path / "absent.yaml")
    assert "Traceback" in done.stderr


def test_the_version_is_printed():
    assert program("--version").stdout.startswith("igds-bench 0.")


@pytest.mark.parametrize("kind", list(PluginKind))
def test_a_scaffold_passes_its_own_tests_and_is_registered(kind, tmp_path):
    assert run("new", kind.value, "my-thing", "--out", tmp_path).exit_code == 0
    folder = tmp_path / "igds-bench-my-thing"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout
    listed = "saes" if kind is PluginKind.SAE else f"{kind.value}s"
    rows = json.loads(
        run("list", listed, "--json", "--plugin", folder / "igds_bench_my_thing.py").output
    )
    assert "my-thing" in [row["name"] for row in rows]
    sys.modules.pop("igds_bench_my_thing", None)  # of another kind's scaffold
    rows = json.loads(run("list", listed, "--json", "--plugin", folder).output)
    assert (str(folder) + " 0.1.0") in [row["from"] for row in rows if row["name"] == "my-thing"]


def test_check_takes_a_path_however_it_is_written(tmp_path, monkeypatch):
    run("new", "model", "my-thing", "--out", tmp_path)
    monkeypatch.chdir(tmp_path)
    for path in ("./igds-bench-my-thing/", "./igds-bench-my-thing/igds_bench_my_thing.py"):
        sys.modules.pop("igds_bench_my_thing", None)
        assert run("check", path).exit_code == 0, path


def test_a_scaffold_does_not_overwrite_and_wants_a_plain_name(tmp_path):
    run("new", "task", "a", "--out", tmp_path)
    for name, message in (("a", "exists already"), ("Ä b", "lower-case letters")):
        result = run("new", "task", name, "--out", tmp_path)
        assert isinstance(result.exception, ConfigError)
        assert message in str(result.exception)


def test_scaffolds_name_what_they_register():
    files = scaffold(PluginKind.SELECTOR, "my-way")
    assert 'my-way = "igds_bench_my_way"' in files["pyproject.toml"]
    assert "class MyWay:" in files["igds_bench_my_way.py"]


def test_show_prints_a_record(tmp_path):
    folder = write_run(tmp_path, [make_record("good", "10%", 0, 0)])
    (path,) = (folder / "records").glob("*.json")
    output = run("show", path).output
    assert "exact_match (primary)" in output
    assert json.loads(run("show", path, "--json").output)["cell"]["selector"] == "good"
    assert isinstance(run("show", tmp_path / "no.json").exception, IgdsError)


def test_leaderboard_renders_and_publishes(tmp_path):
    folder = write_run(tmp_path / "run", [make_record("random", "10%", 0, s) for s in range(3)])
    result = run("leaderboard", folder, "--out", tmp_path / "board")
    assert "random" in result.output
    assert (tmp_path / "board" / "README.md").exists()
    found = json.loads(run("leaderboard", folder, "--json").output)
    assert found["rows"][0]["selector"] == "random"


def test_select_writes_rows_and_scores(tmp_path):
    pool = tmp_path / "pool.jsonl"
    pool.write_text(
        "\n".join(
            json.dumps({"prompt": f"p{n}", "response": "w " * n, "x": n}) for n in range(1, 9)
        )
    )
    out, scores = tmp_path / "out.csv", tmp_path / "scores.parquet"
    result = run(
        "select",
        "--selector",
        "longest",
        "--pool",
        pool,
        "--budget",
        "25%",
        "--out",
        out,
        "--scores",
        scores,
    )
    assert result.exit_code == 0, result.exception
    assert out.read_text().splitlines()[0] == "prompt,response,x,_id,_rank,_score"
    assert len(out.read_text().splitlines()) == 3
    assert scores.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["-p", "top"], "write a parameter as name=value"),
        (["--out", "x.txt"], "write to one of"),
        (["--out", "nowhere/x.jsonl"], "does not exist; make it first"),
        (["--budget", "none"], "is not understood"),
    ],
)
def test_select_refuses_wrong_arguments_before_it_reads(changes, message, tmp_path):
    arguments = [
        "select",
        "--selector",
        "random",
        "--pool",
        "p.jsonl",
        "--budget",
        "1",
        "--out",
        "o.jsonl",
    ]
    result = run(*arguments, *changes)
    assert isinstance(result.exception, IgdsError)
    assert message in str(result.exception)


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_rows_are_written_in_every_format(suffix, tmp_path):
    from igds_bench.data.read import read_rows

    rows = [{"a": "x\ny", "b": "ü"}, {"a": '"', "b": "z"}]
    write_rows(rows, tmp_path / f"o{suffix}")
    assert read_rows(tmp_path / f"o{suffix}") == rows
