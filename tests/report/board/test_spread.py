import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.board.spread import spread_of, underpowered
from tests.builders.records import make_record, write_run


def board(tmp_path, step):
    """Return a board whose seeds are some steps apart."""
    records = [make_record("random", "10%", s, 0, value=30 + step * s) for s in range(6)]
    records += [make_record("good", "10%", 0, s, value=30 + step * s) for s in range(6)]
    return build_leaderboard(write_run(tmp_path / "run", records)).boards[0]


def test_a_board_that_can_not_find_differences_of_its_margin_says_so(tmp_path):
    sentence = underpowered(board(tmp_path, 2.0))
    assert sentence.startswith("Under-powered: the only comparison with random can only detect")
    assert "the margin is 1" in sentence


def test_a_board_that_can_says_nothing(tmp_path):
    assert underpowered(board(tmp_path, 0.1)) == ""


def test_a_boards_spread_is_that_of_its_seeds(tmp_path):
    found = spread_of(board(tmp_path, 2.0))
    assert found.row == found.random == pytest.approx(14.0)
    assert found.examples == found.residual == 0
