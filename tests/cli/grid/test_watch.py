"""Watching a run from outside: what its journal says, and how it is shown."""

import io
import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.cli.grid import watch as watch_module
from igds_bench.cli.grid.watch import frame
from igds_bench.errors import DataError
from igds_bench.harness.plan.graph import Plan
from igds_bench.harness.run.grid import run_grid
from igds_bench.harness.run.journal import FOLDER, Journal, read_journals
from tests.builders.grids import PLUGIN, grid
from tests.builders.records import make_record

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
PLAN = {
    "process": os.getpid(),
    "cells": {
        "a": ["sums", "tiny", "random", [0, 1, 2]],
        "b": ["sums", "tiny", "random", [0, 3, 4]],
        "c": ["words", "tiny", "igds", []],
    },
    "stages": [
        ["rank/r", "rank", 10.0],
        ["finetune/a", "finetune", 20.0],
        ["evaluate/a", "evaluate", 5.0],
        ["finetune/b", "finetune", 20.0],
        ["evaluate/b", "evaluate", 5.0],
        ["explain/x", "explain", 7.0],
    ],
    "after": [5],
}


def write(run, *events, name="one.jsonl", **changes):
    """Write a journal; events are (seconds after the start, facts)."""
    import platform

    lines = [(0, {"host": platform.node(), **PLAN, **changes}), *events]
    path = run / FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = [
        json.dumps({"at": (START + timedelta(seconds=s)).isoformat(), **facts})
        for s, facts in lines
    ]
    path.write_text("\n".join(text) + "\n")
    return path


def after(seconds):
    return START + timedelta(seconds=seconds)


def done(cell, status="ok", reason=""):
    return {"done": cell, "status": status, "reason": reason, "score": ""}


def shown(run, seconds):
    out = io.StringIO()
    console = Console(file=out, width=150)
    console.print(frame(run, read_journals(run), after(seconds)))
    return out.getvalue()


FIRST = [
    (0, {"cell": "a"}),
    (0, {"stage": "rank/r"}),
    (20, {"stage": "finetune/a"}),
    (40, {"stage": "evaluate/a"}),
    (45, done("a")),
]


def test_the_time_left_is_the_plans_scaled_by_what_stages_took(tmp_path):
    write(tmp_path)
    (told,) = read_journals(tmp_path)
    assert told.seconds_left(after(0)) == 10 + 20 + 5 + 20 + 5 + 7
    write(tmp_path, *FIRST)
    (told,) = read_journals(tmp_path)
    assert told.took == {"rank/r": 20.0, "finetune/a": 20.0, "evaluate/a": 5.0}
    overall = (20 + 20 + 5) / (10 + 20 + 5)
    assert told.seconds_left(after(45)) == pytest.approx(20 + 5 + 7 * overall)
    write(tmp_path, *FIRST, (45, {"cell": "b"}), (45, {"stage": "finetune/b"}))
    (told,) = read_journals(tmp_path)
    assert told.seconds_left(after(53)) == pytest.approx(12 + 5 + 7 * overall)
    assert told.seconds_left(after(500)) == pytest.approx(5 + 7 * overall)


def test_stages_of_cells_that_have_ended_are_not_waited_for(tmp_path):
    write(tmp_path, (0, {"cell": "a"}), (1, done("a", "failed", "no room")))
    (told,) = read_journals(tmp_path)
    assert told.seconds_left(after(1)) == 10 + 20 + 5 + 7


def test_a_look_says_cells_stages_time_left_and_failures(tmp_path):
    events = [*FIRST, (45, {"cell": "b"}), (45, {"stage": "finetune/b"})]
    text = shown(write(tmp_path, *events).parents[1], 50)
    head, *_ = text.splitlines()
    assert "1 of 3 cells" in head and "running for 50 s" in head and "about 29 s left" in head
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.split()}
    assert rows["random"][1:3] == ["1/2", "running"]
    assert rows["igds"][1] == "0/1"
    assert rows["finetune"][1:] == ["1/2", "20", "s", "20", "s"]
    assert rows["evaluate"][1] == "1/2"
    assert "now: finetune/b, for 5 s of about 20 s" in text
    text = shown(write(tmp_path, *events, (60, done("b", "failed", "loss [nan]"))).parents[1], 60)
    assert "2 of 3 cells" in text and "1 failed" in text
    assert "failed b: loss [nan]" in text


def test_only_the_latest_failures_are_listed(tmp_path):
    cells = {f"c{n}": ["sums", "tiny", "random", []] for n in range(9)}
    events = [(n, done(f"c{n}", "failed", "x")) for n in range(9)]
    text = shown(write(tmp_path, *events, cells=cells).parents[1], 10)
    assert "4 earlier failures" in text
    assert "failed c8" in text and "failed c3" not in text


def test_a_cell_without_any_stage_was_already_there(tmp_path):
    write(tmp_path, (0, {"cell": "c"}), (0, done("c")), *FIRST)
    (told,) = read_journals(tmp_path)
    assert told.status == {"c": "taken", "a": "ok"}
    assert "1 already there" in shown(tmp_path, 45)


def test_the_end_and_a_process_that_is_gone_are_told_apart(tmp_path):
    write(tmp_path, *FIRST, process=2**22 + 1)
    assert "stopped before its end" in shown(tmp_path, 50)
    write(tmp_path, *FIRST, (50, {"end": True}))
    assert "ended" in shown(tmp_path, 50) and "left" not in shown(tmp_path, 50)
    write(tmp_path, *FIRST, process=2**22 + 1, host="elsewhere")
    assert "running for" in shown(tmp_path, 50)


def test_processes_that_share_a_folder_are_one_run(tmp_path):
    write(tmp_path, *FIRST)
    cells = {"d": ["sums", "tiny", "loss", [0]]}
    write(tmp_path, (1, {"cell": "d"}), (1, {"stage": "rank/r"}), name="two.jsonl", cells=cells)
    text = shown(tmp_path, 50)
    assert "1 of 4 cells" in text and "loss" in text and "random" in text


@pytest.mark.parametrize("line", ["{", "[]", '{"at": "yesterday"}', '{"at": 3}', ""])
def test_a_line_that_is_half_written_is_skipped(line, tmp_path):
    path = write(tmp_path, *FIRST)
    path.write_text(path.read_text() + line)
    (told,) = read_journals(tmp_path)
    assert told.status == {"a": "ok"}


@pytest.mark.parametrize("text", ["", "{}", "nonsense\n"])
def test_a_journal_without_a_plan_shows_nothing_and_breaks_nothing(text, tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "x.jsonl").write_text(text)
    assert "0 of 0 cells" in shown(tmp_path, 1)


def test_a_new_process_clears_away_those_that_have_ended(tmp_path):
    write(tmp_path, *FIRST, (50, {"end": True}), name="ended.jsonl")
    write(tmp_path, *FIRST, name="gone.jsonl", process=2**22 + 1)
    write(tmp_path, *FIRST, name="alive.jsonl")
    Journal(tmp_path)
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["alive.jsonl"]


def test_a_folder_that_can_not_be_written_ends_no_run(tmp_path):
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file")
    journal.begin(Plan(), (), {})
    journal.done(make_record("base"))


def test_a_run_writes_down_what_it_does(tmp_path):
    plugin = tmp_path / "wrong_plugin.py"
    plugin.write_text(PLUGIN)
    config = grid(selectors=["random", "wrong"], plugins=[str(plugin)])
    run_grid(config, tmp_path / "run")
    (told,) = read_journals(tmp_path / "run")
    assert told.ended and told.process == os.getpid()
    assert sorted(told.status.values()) == ["failed", "ok", "ok"]
    assert any("on purpose" in reason for reason in told.reasons.values())
    ran = {label for label, _, _ in told.stages if label in told.took}
    assert {label.split("/")[0] for label in ran} >= {"rank", "finetune", "evaluate", "features"}
    run_grid(config, tmp_path / "run")
    (told,) = read_journals(tmp_path / "run")
    assert sorted(told.status.values()) == ["failed", "taken", "taken"]
    result = CliRunner().invoke(app, ["watch", str(tmp_path / "run"), "--once"])
    assert "3 of 3 cells, 2 already there, 1 failed, ended" in " ".join(result.output.split())


def test_watching_goes_on_until_the_run_has_ended(tmp_path, monkeypatch):
    looks = []

    def sleep(seconds):
        looks.append(seconds)
        write(tmp_path, *FIRST, (50, {"end": True})) if len(looks) == 3 else None
        assert len(looks) < 9

    write(tmp_path, *FIRST)
    monkeypatch.setattr(watch_module.time, "sleep", sleep)
    result = CliRunner().invoke(app, ["watch", str(tmp_path), "--every", "0.5"])
    assert result.exit_code == 0 and looks == [0.5] * 3
    assert "ended" in result.output


def test_one_look_at_a_folder_that_is_not_there_is_an_error(tmp_path):
    result = CliRunner().invoke(app, ["watch", str(tmp_path / "absent"), "--once"])
    assert isinstance(result.exception, DataError)
    assert "does not exist" in str(result.exception)


def test_a_folder_that_nobody_writes_to_says_so(tmp_path):
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "x.json").write_text("{}")
    result = CliRunner().invoke(app, ["watch", str(tmp_path), "--once"])
    assert "no process has written what it does; 1 records are there" in " ".join(
        result.output.split()
    )
