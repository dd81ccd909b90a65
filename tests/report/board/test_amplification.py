"""Amplification set against the metric."""

import pytest

from igds_bench.report.board import amplification
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.figures import curves as plots
from tests.builders.records import few, write_run


def test_controls_that_go_with_the_metric_as_strongly_are_named(controlled):
    (board,) = controlled.boards
    relations = amplification.relations(amplification.points(board, "tiny"))
    assert [relation.group for relation in relations] == ["task", "random-recalled"]
    assert relations[1].found["Pearson"].value == pytest.approx(1.0)
    assert abs(relations[0].found["Pearson"].value) < 0.9
    assert relations[0].partial is not None
    text = amplification.describe(board, "tiny", relations)
    assert "Random recalled features go with the metric as strongly as the task's own do" in text


def test_captions_give_coefficients_only_from_eight_cells_on(run_folder, tmp_path):
    (board,) = build_leaderboard(write_run(tmp_path / "few", few())).boards
    found = amplification.relations(amplification.points(board, "tiny"))
    text = amplification.describe(board, "tiny", found)
    assert "With fewer than 8 cells no correlation coefficient is warranted" in text
    (board,) = build_leaderboard(run_folder).boards
    captions = plots.draw_amplification(board, tmp_path / "figures")
    text = captions["sums--tiny--amplification"]
    assert "Pearson 1.00 [1.00, 1.00]" in text and "Spearman" in text
    still = amplification.Relation("task", 9, None, None)
    assert "does not vary" in amplification.describe(board, "tiny", [still])
