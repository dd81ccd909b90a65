"""Headlines: what a board says in one line."""

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.sections.words import headline
from tests.builders.records import make_record, write_run


def test_headlines_say_who_is_better_and_who_is_worse(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    first = headline(board)[0]
    assert first.startswith("10%: better than random: good (+7.00 [")
    assert "; worse: bad (-9.00 [" in first


def test_too_few_seeds_have_no_interval_and_it_is_said(tmp_path):
    records = [make_record("random", "10%", 0, seed) for seed in (0, 1)]
    records += [make_record("good", "10%", 0, seed) for seed in (0, 1)]
    found = build_leaderboard(write_run(tmp_path / "run", records))
    (board,) = found.boards
    assert board.row("good", "10%").verdict.low is None
    assert "too few seeds or none that vary: good" in headline(board)[0]
    assert "fewer than 3 seeds" in found.problems[0]


def test_no_random_row_is_said(tmp_path):
    folder = write_run(tmp_path / "run", [make_record("good", "10%", 0, seed) for seed in range(3)])
    assert "no baseline row" in headline(build_leaderboard(folder).boards[0])[0]


def test_nothing_better_than_random_is_said(tmp_path):
    records = [make_record("random", "10%", seed, 0) for seed in range(3)]
    records += [make_record("bad", "10%", 0, seed) for seed in range(3)]
    (board,) = build_leaderboard(write_run(tmp_path / "run", records)).boards
    assert (
        "nothing is shown to be better than random (the nearest, bad: -8.50" in headline(board)[0]
    )


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
