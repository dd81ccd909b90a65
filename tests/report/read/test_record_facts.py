"""What a report takes records for: controls apart, copies once."""

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.read.record_facts import is_control
from tests.builders.records import make_record, write_run

MATCHED = {"selector": {"of": "good", "by": "tokens"}, "train": {}}
EQUAL_STEPS = {"match": "steps", "train": {"match": "epochs"}}


def labelled(name, seed=0, value=30.0, **settings):
    """Return a record of a row of this name, without what later records say of their method."""
    record = make_record("good", "10%", None, seed, value=value)
    cell = record.cell.model_copy(update={"selector": name})
    settings = {**record.settings, **settings}
    return record.model_copy(update={"cell": cell, "key": cell.id, "settings": settings})


@pytest.mark.parametrize(
    ("record", "control"),
    [
        (labelled("igds-random-direction"), True),
        (labelled("shuffled-scores"), True),
        (labelled("longest-matched-tokens", **MATCHED), True),
        (labelled("random-equal-steps", **EQUAL_STEPS), True),
        (labelled("igds", match="epochs", train={"match": "epochs"}), False),
        (labelled("igds"), False),
        (labelled("igds-bottom", method={"control": False}), False),
        (labelled("mine", method={"control": True}), True),
        (make_record("oracle", "10%"), False),
    ],
)
def test_older_records_tell_controls_by_name_and_settings(record, control):
    assert is_control(record) is control


def test_a_control_is_not_ranked_where_only_its_later_records_say_so(tmp_path):
    records = [make_record("random", "10%", s, 0, value=30.0 + s) for s in range(3)]
    records += [make_record("good", "10%", None, s, value=33.0 + s) for s in range(3)]
    records += [labelled("check", 0), labelled("check", 1, 31.0, method={"control": True})]
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
