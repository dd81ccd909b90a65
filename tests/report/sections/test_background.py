from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.sections.background import baseline_spread


def test_draws_and_training_seeds_are_told_apart(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    line = baseline_spread(board)[0]
    assert "3 draws have a standard deviation of 1.00" in line
    assert "3 training seeds have 0.50" in line
