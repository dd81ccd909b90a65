import numpy as np
import pytest
from scipy import stats

from igds_bench.core.record import Score, TrainingSummary
from igds_bench.report.board.leaderboard import build_leaderboard, shortened
from igds_bench.report.sections.words import headline
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


def test_a_row_is_one_suite_where_there_are_several(tmp_path):
    records = []
    for saes in ("tiny", "wide"):
        record = make_record("good", "10%", 0, 0)
        cell = record.cell.model_copy(update={"saes": saes})
        records.append(record.model_copy(update={"cell": cell, "key": saes}))
    (board,) = build_leaderboard(write_run(tmp_path, records)).boards
    assert [row.selector for row in board.rows] == ["good (tiny)", "good (wide)"]


def test_a_row_is_mean_and_spread_over_seeds(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    row = board.row("random", "25%")
    values = [30 + draw + 0.5 * seed for draw in range(3) for seed in range(3)]
    summary = row.metrics["exact_match"]
    assert (summary.mean, summary.n) == (pytest.approx(np.mean(values)), 9)
    assert summary.sd == pytest.approx(np.std(values, ddof=1))
    assert board.row("base").metrics["exact_match"].sd is None


def test_without_stored_examples_the_difference_is_welchs_over_units(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    found = board.row("good", "25%").verdict
    good = [38, 38.5, 39]
    random = [30.5, 31.5, 32.5]
    wanted = stats.ttest_ind(good, random, equal_var=False)
    interval = wanted.confidence_interval(0.95)
    assert found.difference == pytest.approx(np.mean(good) - np.mean(random))
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert found.p == pytest.approx(wanted.pvalue)
    assert found.units == (3, 3)
    assert board.row("oracle", "25%").verdict is None


def test_rows_come_references_first_then_by_budget_and_score(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    order = [(row.selector, row.budget) for row in board.rows]
    assert order[:3] == [("base", None), ("full", None), ("oracle", "10%")]
    assert [name for name, budget in order if budget == "50%"] == [
        "oracle",
        "good",
        "random",
        "bad",
    ]
    assert [row.beyond_supply for row in board.rows if row.selector == "oracle"] == [
        False,
        False,
        True,
    ]


def test_target_only_is_a_reference_line_and_no_budget(tmp_path):
    records = [make_record("base")]
    records += [make_record(name, "10%", 0, s) for name in ("random", "good") for s in range(3)]
    reference = make_record("full", seed=0, value=44.0)
    cell = reference.cell.model_copy(update={"selector": "target-only"})
    records.append(reference.model_copy(update={"cell": cell}))
    (board,) = build_leaderboard(write_run(tmp_path / "run", records)).boards
    assert [row.selector for row in board.rows][:2] == ["base", "target-only"]
    assert board.budgets == ("10%",)
    assert board.row("target-only").share == 0


@pytest.mark.parametrize(
    ("cut", "dropped", "said"), [(0, 0, False), (1, 0, False), (1, 1, True), (0, 50, True)]
)
def test_rows_cut_or_dropped_in_training_are_a_problem_above_one_percent(cut, dropped, said):
    record = make_record("loss", "10%", seed=0, value=50.0)
    training = TrainingSummary(
        method="full",
        steps=1,
        epochs=1.0,
        tokens=10,
        first_loss=1.0,
        final_loss=1.0,
        max_logit_change=1.0,
        examples=100,
        cut=cut,
        dropped=dropped,
    )
    found = shortened([record.model_copy(update={"training": training})])
    assert bool(found) == said
    if said:
        assert f"of 100 training rows {cut} were cut and {dropped} dropped" in found[0]
        assert f"({cut + dropped}.0%)" in found[0]
