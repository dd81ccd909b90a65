"""What is typed of a ranking's notes, and what stays a selector's own."""

import pytest

from igds_bench.core.record import typed_notes


def test_what_the_harness_says_becomes_parts():
    found = typed_notes({"filtered": 3, "kept": 7, "backfilled": 1, "clean_supply": 5})
    assert found["filtering"] == {"filtered": 3, "kept": 7, "backfilled": 1}
    assert found["clean_supply"] == 5 and found["notes"] == {}


def test_features_of_old_and_new_records_are_told():
    old = {"features": ["L0/894"], "zero_share": 0.0025, "best_beats_null": False}
    found = typed_notes(old)
    assert old.items() <= found["features"].items() and found["notes"] == {}
    assert found["features"]["feature_count"] is None


@pytest.mark.parametrize(
    "notes",
    [
        {"kept": "yes", "filtered": 2},
        {"kept": 3},
        {"of": "igds", "strata": 16},
        {"control": True, "of": "igds", "by": "tokens"},
        {"features": 12, "rounds": 3},
        {"features of the pool": 3},
        {"clean_supply": "much"},
        {"clean_supply": True},
        {"kept": True, "filtered": False},
    ],
)
def test_a_selectors_own_note_stays_what_it_is_whatever_its_name(notes):
    assert typed_notes(notes) == {"notes": notes}
