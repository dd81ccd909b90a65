"""The program as a whole: help, versions, errors and how they end."""

import sys

import pytest

from igds_bench.cli.app import main
from igds_bench.cli.plugin import list as listing
from tests.builders.program import program, run

VERBS = ["run", "watch", "plan", "select", "leaderboard", "submit", "verify", "rescore", "gallery"]
VERBS += ["list", "show", "new"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output


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


@pytest.mark.parametrize(
    "arguments",
    [
        ["leaderboard", "nowhere-[at]-all"],
        ["show", "nowhere-[at]-all"],
        ["list", "tasks", "--plugin", "nowhere-[at]-all"],
    ],
)
def test_errors_are_one_whole_line_on_stderr(arguments, tmp_path):
    done = program(*arguments[:-1], tmp_path / arguments[-1], COLUMNS="60")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("error: ")
    assert "nowhere-[at]-all" in done.stderr


def test_an_unknown_verb_or_option_exits_two():
    assert run("lsit").exit_code == 2
    assert run("list", "selectors", "--jsn").exit_code == 2
    assert run("list", "things").exit_code == 2


def test_an_interruption_says_that_the_same_command_goes_on(monkeypatch, capsys):
    def interrupted(**_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(listing, "create_plugin_manager", interrupted)
    monkeypatch.setattr(sys, "argv", ["igds-bench", "list", "selectors"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert "the same command goes on" in capsys.readouterr().err
