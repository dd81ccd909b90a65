"""Placebos: how often they are better, beside what chance allows."""

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.sections.placebo import placebo_section
from tests.builders.records import make_record, write_run


def board(tmp_path, placebos):
    records = [make_record("random", "10%", s, 0, value=30 + s / 10) for s in range(5)]
    for label, level in placebos.items():
        for seed in range(5):
            method = {"name": "shuffled-scores", "deterministic": False}
            record = make_record(
                label, "10%", seed, 0, level + seed / 10, role="placebo", method=method
            )
            records.append(record)
    return build_leaderboard(write_run(tmp_path / "run", records))


def test_the_share_of_better_placebos_stands_beside_what_chance_allows(tmp_path):
    found = placebo_section(board(tmp_path, {"a": 30.0, "b": 40.0, "c": 20.0, "d": 30.01}))
    line = found.lines[0]
    assert "Of 4 comparisons with random, 1 (25%, 95% interval 1% to 81%) lie above it" in line
    assert "where chance alone allows 2.5%" in line
    assert "1 (25%, 95% interval 1% to 81%) are called better and 1 worse" in line
    assert any("not quite random" in text for text in found.lines)
    assert [row[2] for row in found.tables[0].rows] == ["b", "d", "a", "c"]


def test_without_placebos_there_is_no_section(run_folder):
    assert placebo_section(build_leaderboard(run_folder)).is_empty
