"""Rows and boards as data: what a row is for, and what the others are set against."""

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.site.payload.boards import boards
from tests.builders.records import make_record, write_run


def records_of(baseline, task="sums"):
    """Return references, a placebo and a contender, with or without a baseline of some label."""
    found = [make_record("base", task=task)]
    for seed in range(3):
        found += [
            make_record("full", seed=seed, task=task),
            make_record("target-only", seed=seed, value=25.0, role="reference", task=task),
            make_record("oracle", "10%", seed=seed, task=task),
            make_record("shuffled", "10%", 0, seed, value=29.0, role="placebo", task=task),
            make_record("good", "10%", 0, seed, task=task),
        ]
        if baseline:
            spec = {"value": 30.0, "role": "baseline", "task": task}
            found.append(make_record(baseline, "10%", seed, 0, **spec))
    return found


def board_of(folder, *records):
    return build_leaderboard(write_run(folder, [one for some in records for one in some]))


def test_references_say_what_they_show(tmp_path):
    [data] = boards(board_of(tmp_path, records_of("uniform")))
    assert {row["selector"]: (row["role"], row["reference"]) for row in data["rows"]} == {
        "base": ("reference", "untuned"),
        "full": ("reference", "whole pool"),
        "target-only": ("reference", "other"),
        "oracle": ("reference", "other"),
        "uniform": ("baseline", None),
        "shuffled": ("placebo", None),
        "good": ("contender", None),
    }


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("random", ("random", "random", "random draws")),
        ("uniform", ("uniform", "uniform", "uniform draws")),
        ("", ("", "the baseline", "the baseline's draws")),
    ],
)
def test_a_board_tells_what_its_rows_are_set_against(label, told, tmp_path):
    [data] = boards(board_of(tmp_path, records_of(label)))
    assert (data["baseline"], data["against"], data["baseline_draws"]) == told


def test_boards_of_one_run_may_have_other_baselines(tmp_path):
    board = board_of(tmp_path, records_of("random"), records_of("uniform", "words"))
    assert {one["task"]: one["baseline"] for one in boards(board)} == {
        "sums": "random",
        "words": "uniform",
    }
    assert board.against == "the baseline"
