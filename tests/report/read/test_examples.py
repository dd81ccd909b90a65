import numpy as np
import pytest

from igds_bench.metrics.recorded import installed
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish.publish import publish
from igds_bench.report.read.examples import read_statistics
from tests.builders.examples import IDS, run_with_examples, write_examples


def test_examples_of_a_run_and_of_its_publication_give_the_same_verdict(tmp_path):
    run, _, tables = run_with_examples(tmp_path / "run")
    publish([run], tmp_path / "board")
    (of_run,), (published,) = (build_leaderboard(tmp_path / n).boards for n in ("run", "board"))
    verdict = of_run.row("good", "10%").verdict
    assert verdict == published.row("good", "10%").verdict
    assert verdict.examples == 50
    assert verdict.difference == pytest.approx(np.mean(tables[4:]) - np.mean(tables[:4]))


def test_pairing_takes_the_difficulty_of_examples_out_of_the_interval(tmp_path):
    run, _, tables = run_with_examples(tmp_path / "run", spread=0.1)
    (board,) = build_leaderboard(run).boards
    verdict = board.row("good", "10%").verdict
    unpaired = np.std(tables[0], ddof=1) / np.sqrt(50)
    assert verdict.se_examples < unpaired / 10
    assert verdict.word == "better"


def test_the_order_of_rows_in_a_file_does_not_matter(tmp_path):
    run, records, tables = run_with_examples(tmp_path / "run")
    before = build_leaderboard(run).boards[0].row("good", "10%").verdict
    order = np.random.default_rng(1).permutation(len(IDS))
    write_examples(run, records[5], tables[5][order], [IDS[i] for i in order])
    after = build_leaderboard(run).boards[0].row("good", "10%").verdict
    assert after.difference == pytest.approx(before.difference)
    assert after.p == pytest.approx(before.p)


def test_other_test_examples_under_one_name_are_named_and_left_out(tmp_path):
    run, records, tables = run_with_examples(tmp_path / "run")
    write_examples(run, records[5], tables[5], [*IDS[:-1], "other"])
    board = build_leaderboard(run)
    assert board.boards[0].row("good", "10%").verdict.units == (3, 4)
    (problem,) = board.problems
    assert records[5].cell.id in problem
    assert "left out" in problem


def test_stored_examples_that_do_not_give_the_score_are_named_and_left_out(tmp_path):
    run, records, tables = run_with_examples(tmp_path / "run")
    write_examples(run, records[5], tables[5] + 1)
    stored = read_statistics([run], records, "exact_match", installed())
    assert records[5].key not in stored.statistics
    assert "by its stored examples; left out" in stored.problems[0]
