import pytest
from scipy import stats

from igds_bench.core.record import Score
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.sections.readme import board_section
from igds_bench.report.sections.words import headline
from igds_bench.report.statistics.summaries import correlations
from tests.builders.records import all_records, make_record, write_run


def test_each_task_has_a_board_and_its_own_random(tmp_path):
    other = [make_record("random", "10%", s, 0, value=60.0 + s, task="words") for s in range(3)]
    other += [make_record("good", "10%", 0, s, value=65.0 + s, task="words") for s in range(3)]
    folder = write_run(tmp_path, all_records() + other)
    sums, words = build_leaderboard(folder).boards
    assert (sums.task, words.task) == ("sums", "words")
    assert words.row("good", "10%").verdict.difference == pytest.approx(5.0)
    assert sums.row("good", "10%").verdict.difference == pytest.approx(7.0)


def test_budgets_are_in_order_of_size_not_of_text(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    assert board.budgets == ("10%", "25%", "50%")


def test_lower_is_better_turns_order_and_verdict(tmp_path):
    def records(selector, start):
        return [
            make_record(
                selector,
                "10%",
                *((seed, 0) if selector == "random" else (0, seed)),
                primary_metric="response_loss",
                scores={
                    "response_loss": Score(value=start + seed / 10, n=9, higher_is_better=False)
                },
            )
            for seed in range(3)
        ]

    folder = write_run(
        tmp_path, records("random", 3.0) + records("good", 2.0) + records("bad", 5.0)
    )
    (board,) = build_leaderboard(folder).boards
    assert [row.selector for row in board.rows] == ["good", "random", "bad"]
    (line,) = headline(board)
    assert "better than random: good (-1.00" in line
    assert "worse: bad (+2.00" in line


def test_an_interval_that_includes_zero_is_said(tmp_path):
    records = [make_record("random", "10%", s, 0, value=v) for s, v in enumerate((30, 40, 50))]
    records += [make_record("good", "10%", 0, s, value=v) for s, v in enumerate((31, 42, 50))]
    (board,) = build_leaderboard(write_run(tmp_path, records)).boards
    assert (
        "nothing is shown to be better than random (the nearest, good: +1.00 ["
        in headline(board)[0]
    )
    assert not board.row("good", "10%").verdict.excludes_zero
    assert board.row("good", "10%").verdict.word == "undecided"


def test_a_row_is_one_suite_where_there_are_several(tmp_path):
    records = []
    for saes in ("tiny", "wide"):
        record = make_record("good", "10%", 0, 0)
        cell = record.cell.model_copy(update={"saes": saes})
        records.append(record.model_copy(update={"cell": cell, "key": saes}))
    (board,) = build_leaderboard(write_run(tmp_path, records)).boards
    assert [row.selector for row in board.rows] == ["good (tiny)", "good (wide)"]


def test_references_are_on_one_line_and_oracles_beyond_supply_are_marked(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    (line,) = [line for line in board_section(board, {}).lines if line.startswith("References")]
    assert "base 20.00, full" in line
    assert line.count("†") == 1
    assert "oracle † 45.50 ± 0.50 (50%)" in line


def test_other_training_settings_are_a_problem_but_none_at_all_are_not(run_folder):
    assert not build_leaderboard(run_folder).problems
    write_run(
        run_folder, [make_record("good", "10%", 0, 8, settings={"train": {"method": "lora"}})]
    )
    (problem,) = build_leaderboard(run_folder).problems
    assert "2 different training settings" in problem


def test_correlations_repeat_and_stay_within_bounds_where_values_are_tied():
    x = [0.0, 0, 0, 0, 1, 1, 2, 3]
    y = [1.0, 1, 1, 2, 2, 2, 5, 4]
    found = correlations(x, y)
    assert found == correlations(x, y)
    assert found["Spearman"].value == pytest.approx(stats.spearmanr(x, y).statistic)
    for one in found.values():
        assert -1 - 1e-12 <= one.low <= one.value <= one.high <= 1 + 1e-12
