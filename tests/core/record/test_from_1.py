"""Records of schema 1: roles told by name, and odd ones that load as they always did."""

import json
from pathlib import Path

import pytest

from igds_bench.core.record import parse_record

GOLDEN = Path(__file__).parents[2] / "golden" / "record-v1.json"


def load(label="igds", selection=None, kind="contender", **settings):
    """Return a record of schema 1 whose settings are these alone, as it is loaded."""
    said = json.loads(GOLDEN.read_text())
    said["cell"] |= {"selector": label, "kind": kind}
    said["settings"] = settings
    said["selection"] |= selection or {}
    return parse_record(json.dumps(said))


MATCHED = {"selector": {"of": "igds", "by": "tokens"}, "train": {}}
EQUAL_STEPS = {"match": "steps", "train": {"match": "epochs"}}
SHUFFLED = {"name": "shuffled-scores", "control": True, "deterministic": False}


@pytest.mark.parametrize(
    ("selector", "settings", "role"),
    [
        ("random", {}, "baseline"),
        ("random", {"method": {"name": "longest", "control": False}}, "baseline"),
        ("uniform", {"method": {"name": "random", "control": False}}, "contender"),
        ("random-equal-steps", EQUAL_STEPS, "control"),
        ("longest-matched-tokens", MATCHED, "control"),
        ("igds-random-direction", {}, "control"),
        ("igds-bottom", {"method": {"control": False}}, "contender"),
        ("mine", {"method": {"control": True}}, "control"),
        ("shuffled-scores", {}, "placebo"),
        ("shuffled-loss", {"method": SHUFFLED}, "placebo"),
        ("igds", {"match": "epochs", "train": {"match": "epochs"}}, "contender"),
        ("igds", {"match": "steps", "train": {"match": "steps"}}, "contender"),
        ("igds", {}, "contender"),
    ],
)
def test_a_role_is_what_reports_took_a_record_for(selector, settings, role):
    assert load(selector, **settings).cell.role == role


@pytest.mark.parametrize("selector", ["base", "full", "oracle", "target-only", "random"])
def test_a_reference_is_one_whatever_its_name(selector):
    record = load(selector, kind="reference", **MATCHED)
    assert (record.cell.role, record.cell.kind) == ("reference", "reference")


@pytest.mark.parametrize(
    ("selector", "method", "draws"),
    [
        ("random", {"control": False}, True),
        ("uniform", {"name": "random"}, True),
        ("random", {"name": "random", "deterministic": True}, False),
        ("igds", {"control": False}, False),
    ],
)
def test_what_a_method_leaves_unsaid_is_told_by_its_name(selector, method, draws):
    found = load(selector, method=method).method
    assert found.name == method.get("name", selector)
    assert found.deterministic is not draws


def test_a_record_that_says_nothing_of_its_method_has_none():
    assert load().method is None and load(method={}).method is None


def test_missing_settings_are_none_and_no_defaults():
    settings = load().settings
    assert not settings.selector and not settings.filters and not settings.other
    parts = (settings.match, settings.train, settings.evaluation, settings.amplification)
    assert parts == (None,) * 4 and settings.data is None


def test_settings_that_nobody_knows_are_kept_aside():
    train = {"method": "lora", "warmth": 3}
    settings = load(train=train, colour="red", other=5, data={"pool": 9, "moons": 2}).settings
    assert settings.train.method == "lora" and settings.data.pool == 9
    assert settings.other == {
        "train": {"warmth": 3}, "colour": "red", "other": 5, "data": {"moons": 2}
    }  # fmt: skip


def test_no_default_stands_in_for_a_value_that_is_no_longer_allowed():
    train, amplification = {"method": "quantum", "match": "steps"}, {"tau": 7, "m_dev": 9}
    settings = load(train=train, amplification=amplification, data={"test": 3}).settings
    assert (settings.train, settings.amplification, settings.data) == (None, None, None)
    assert settings.other == {"train": train, "amplification": amplification, "data": {"test": 3}}


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "igds", "rescored": 3},
        {"filters": ["semantic-dedup"]},
        {"filters": "semantic-dedup", "match": "moons"},
        {"rescored": [{"at": "now"}]},
    ],
)
def test_settings_of_another_form_are_kept_aside(settings):
    record = load(**settings)
    assert record.settings.other == settings
    assert record.method is None and record.rescored == []


def test_what_a_method_says_besides_is_kept_aside():
    record = load(method={"name": "mine", "colour": "red", "paper": None, "control": True})
    assert record.method.name == "mine" and record.method.paper == ""
    assert record.settings.other == {"method": {"colour": "red", "paper": None}}


def test_filters_have_their_parameters_apart_and_data_what_was_dropped():
    facts = {"pool": 5, "exact duplicates": 1, "dropped (their prompt is in the test split)": 2}
    given = {"name": "semantic-dedup", "threshold": 0.9, "clusters": None}
    settings = load(filters=[given], data=facts).settings
    (used,) = settings.filters
    assert (used.name, used.params) == ("semantic-dedup", {"threshold": 0.9, "clusters": None})
    assert settings.data.exact_duplicates == 1
    assert settings.data.dropped == {"their prompt is in the test split": 2}


def test_earlier_scores_keep_when_and_by_what_they_were_replaced():
    score = {"value": 3.0, "stderr": None, "n": 9, "signature": "s", "version": 1}
    at = "2026-11-20T10:00:00+00:00"
    record = load(rescored=[{"at": at, "igds_bench": "0.1.0", "before": {"bleu": score}}])
    (replaced,) = record.rescored
    assert replaced.at.isoformat() == at and replaced.igds_bench == "0.1.0"
    assert (replaced.before["bleu"].value, replaced.before["bleu"].n) == (3.0, 9)


def test_notes_that_reports_read_become_parts():
    drawn = {"control": "matched", "of": "igds", "by": "compute", "length_bins": 10}
    selection = load(selection={"notes": drawn}).selection
    assert (selection.matched.of, selection.matched.by) == ("igds", "compute")
    assert selection.notes == {"length_bins": 10}
    assert load(selection={"notes": {"clean_supply": 30}}).selection.clean_supply == 30
