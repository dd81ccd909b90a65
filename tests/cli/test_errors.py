"""What goes wrong is said in one message, whichever verb it is."""

import io
import json
import os
import subprocess
import sys

import pytest
from rich.console import Console
from typer.testing import CliRunner

from igds_bench.cli.app import app, main
from igds_bench.cli.plugin import list as listing
from igds_bench.errors import DataError, IgdsError, PluginError
from igds_bench.plugin.manager import create_plugin_manager
from tests.builders.records import make_record, write_run

RUNNER = CliRunner()


def run(*arguments):
    return RUNNER.invoke(app, [str(argument) for argument in arguments])


def program(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "igds_bench", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "60"},
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["leaderboard", "nowhere-[at]-all"],
        ["show", "nowhere-[at]-all"],
        ["list", "tasks", "--plugin", "nowhere-[at]-all"],
    ],
)
def test_errors_are_one_whole_line_on_stderr(arguments, tmp_path):
    done = program(*arguments[:-1], tmp_path / arguments[-1])
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("error: ")
    assert "nowhere-[at]-all" in done.stderr


def test_an_unknown_verb_or_option_exits_two():
    assert run("lsit").exit_code == 2
    assert run("list", "selectors", "--jsn").exit_code == 2
    assert run("list", "things").exit_code == 2


def test_a_broken_local_plugin_is_an_error_with_its_reason(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("1 / 0\n")
    result = run("list", "selectors", "--plugin", path)
    assert isinstance(result.exception, PluginError)
    assert "mine.py failed: ZeroDivisionError" in str(result.exception)
    path.write_text(
        "from igds_bench.plugin import hookimpl\n\n\n@hookimpl\ndef igds_register_tsks():\n    return []\n"
    )
    result = run("list", "selectors", "--plugin", path)
    assert "Did you mean 'igds_register_tasks'?" in str(result.exception)


def test_a_broken_installed_plugin_is_named_and_the_rest_is_listed(monkeypatch):
    def with_broken(extra=()):
        plugins = create_plugin_manager(autoload=False, extra=extra)
        plugins.broken["torn"] = "ImportError: no [such] module"
        return plugins

    monkeypatch.setattr(listing, "create_plugin_manager", with_broken)
    result = run("list", "tasks")
    assert result.exit_code == 0
    assert "tiny-math\t" in result.stdout
    assert "plugin 'torn' could not be loaded: ImportError: no [such] module" in result.stderr
    assert "torn" not in run("list", "tasks", "--json").stdout
    assert "torn\t\tbroken: ImportError: no [such] module" in run("list", "plugins").stdout


@pytest.mark.parametrize("name", ["", "-a", "a-", "a--b", "A", "1a", "a_b", "../up", "a/b"])
def test_a_name_that_can_not_be_a_package_makes_nothing(name, tmp_path):
    result = run("new", "selector", "--out", tmp_path / "made", "--", name)
    assert isinstance(result.exception, IgdsError)
    assert not (tmp_path / "made").exists()


def test_show_names_the_nearest_record_and_says_why_a_cell_failed(tmp_path):
    failed = make_record(
        "good", "10%", 0, 0, status="failed", reason="out of [memory]", failed_stage="finetune"
    )
    folder = write_run(tmp_path, [failed]) / "records" / "failed"
    result = run("show", folder / failed.cell.id)
    assert f"Did you mean '{failed.cell.id}.json'?" in str(result.exception)
    assert "out of [memory] (in finetune)" in run("show", folder / f"{failed.cell.id}.json").output


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


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("-p", "=3", "write a parameter as name=value"),
        ("--scores", "scores.xlsx", "write to one of .jsonl, .json, .csv, .parquet"),
        ("--scores", "nowhere/s.csv", "does not exist; make it first"),
        ("--out", "rows", "write to one of"),
    ],
)
def test_select_checks_its_outputs_and_parameters_first(option, value, message, tmp_path):
    given = {
        "--selector": "no-such",
        "--pool": "no-such.jsonl",
        "--budget": "1",
        "--out": str(tmp_path / "o.jsonl"),
    }
    result = run("select", *(word for pair in (given | {option: value}).items() for word in pair))
    assert isinstance(result.exception, IgdsError)
    assert message in str(result.exception)


def test_select_wants_its_four_required_options():
    result = run("select", "--selector", "random")
    assert result.exit_code == 2
    assert "Missing option" in result.stderr


@pytest.mark.parametrize("again", ["--out", "--scores"])
def test_a_selection_never_writes_over_the_rows_it_reads(tmp_path, again):
    pool = tmp_path / "pool.jsonl"
    pool.write_text('{"prompt": "a", "response": "b"}\n{"prompt": "c", "response": "d"}\n')
    before, other = pool.read_bytes(), {"--out": "--scores", "--scores": "--out"}[again]
    files = (again, pool, other, tmp_path / "other.jsonl")
    result = run("select", "--selector", "random", "--budget", 1, "--pool", pool, *files)
    assert isinstance(result.exception, DataError)
    assert f"{again} {pool} is the file of --pool as well" in str(result.exception)
    assert pool.read_bytes() == before


def test_a_selection_keeps_its_two_outputs_apart(tmp_path):
    files = ("--out", tmp_path / "o.jsonl", "--scores", tmp_path / "o.jsonl")
    result = run("select", "--selector", "random", "--budget", 1, "--pool", "p.jsonl", *files)
    assert "is the file of --out as well" in str(result.exception)


def test_threads_below_one_are_refused(tmp_path):
    files = ("--pool", "p.jsonl", "--out", tmp_path / "o.jsonl")
    result = run("select", "--selector", "random", "--budget", 1, *files, "--threads", 0)
    assert result.exit_code == 2


def test_only_cells_that_are_not_there_are_refused_before_anything_runs(tmp_path):
    grid = tmp_path / "grid.yaml"
    grid.write_text(
        "name: x\nmodels: [tiny]\ntasks: [tiny-math]\nselectors: [random]\nbudgets: [2%]\n"
        "references: [base]\n"
    )
    result = run("run", grid, "--out", tmp_path / "run", "--only", "nowhere")
    assert "--only nowhere: none of the" in str(result.exception)
    assert not (tmp_path / "run").exists()


def test_an_interruption_says_that_the_same_command_goes_on(monkeypatch, capsys):
    def interrupted(**_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(listing, "create_plugin_manager", interrupted)
    monkeypatch.setattr(sys, "argv", ["igds-bench", "list", "selectors"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert "the same command goes on" in capsys.readouterr().err


def test_a_list_of_selectors_shows_every_name_whole_in_a_narrow_terminal():
    rows = json.loads(run("list", "selectors", "--json").output)
    console = Console(width=60, file=io.StringIO(), force_terminal=True, color_system=None)
    console.print(listing._table(rows))
    lines = [line.split(" ")[0] for line in console.file.getvalue().splitlines()]
    assert [name for name in lines if name] == [row["name"] for row in rows]
    assert "…" not in console.file.getvalue()
