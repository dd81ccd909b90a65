"""What a report takes records for: controls apart, copies once."""

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from tests.builders.records import make_record, write_run


def test_a_control_is_not_ranked_where_only_its_later_records_say_so(tmp_path):
    records = [make_record("random", "10%", s, 0, value=30.0 + s) for s in range(3)]
    records += [make_record("good", "10%", None, s, value=33.0 + s) for s in range(3)]
    records += [make_record("check", "10%", None, 0, 30.0)]
    records += [make_record("check", "10%", None, 1, 31.0, role="control")]
    (board,) = build_leaderboard(write_run(tmp_path / "run", records)).boards
    row = board.row("check", "10%")
    assert row.control and row.rank is None
    assert board.row("good", "10%").rank.place == 1


def test_copies_of_a_cell_count_once_in_a_rows_mean_as_in_its_difference(tmp_path):
    records = [make_record("random", "10%", s, 0, value=30.0) for s in range(3)]
    for draw, (rows, value) in enumerate([("a", 40.0), ("a", 40.0), ("b", 46.0)]):
        record = make_record("good", "10%", draw, 0, value=value)
        chosen = record.selection.model_copy(update={"fingerprint": rows})
        records.append(record.model_copy(update={"selection": chosen}))
    (board,) = build_leaderboard(write_run(tmp_path / "run", records)).boards
    found = board.row("good", "10%")
    assert found.metrics["exact_match"].mean == 43.0
    assert found.metrics["exact_match"].n == 2
    assert found.verdict.difference == pytest.approx(13.0)
