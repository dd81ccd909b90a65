"""What the report says of SAE quality."""

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.publish.publish import publish
from igds_bench.report.render import render
from igds_bench.report.sections.sae_quality import suite_results
from tests.builders.boards import with_suites


def test_the_gain_is_set_against_what_is_measured_of_each_suite(tmp_path):
    run = with_suites(tmp_path / "run")
    board = build_leaderboard(run)
    first, second = suite_results(board, board.boards[0])
    assert (first.suite, second.suite) == ("poor", "good")
    assert second.gain.difference - first.gain.difference == pytest.approx(5.0)
    assert second.measures["explained_variance"] == 0.9
    text = render(board, tmp_path / "out").read_text()
    assert "## SAE quality" in text and "| good | 900 | 64 | 20.0 | 0.90 |" in text
    assert (tmp_path / "out" / "figures" / "sae-quality--sums.svg").exists()


def test_what_is_known_of_suites_is_published(tmp_path):
    run = with_suites(tmp_path / "run")
    publish([run], tmp_path / "board")
    assert sorted(path.name for path in (tmp_path / "board" / "saes").iterdir()) == [
        "good.json",
        "poor.json",
    ]


def test_one_suite_has_no_quality_section(run_folder, tmp_path):
    assert "SAE quality" not in render(build_leaderboard(run_folder), tmp_path / "o").read_text()
