"""Records of every schema version keep loading, with all that they said, by value."""

import copy
import json
from pathlib import Path

import pytest

from igds_bench.core.record import SCHEMA_VERSION, read_record
from igds_bench.core.record.migrate import STEPS, migrated

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("record-*.json"))


def said_by(path):
    return json.loads(path.read_text())


def of_version(version):
    found = [path for path in GOLDEN if said_by(path)["schema_version"] == version]
    return pytest.mark.parametrize("path", found, ids=lambda path: path.stem)


def is_part(said, loaded):
    """Return whether everything that was said is in what was loaded of it."""
    if isinstance(said, dict):
        return all(name in loaded and is_part(value, loaded[name]) for name, value in said.items())
    if isinstance(said, list):
        return len(said) == len(loaded) and all(map(is_part, said, loaded))
    return said == loaded


def flat(part):
    """Return the named values of a part and of the parts in it, those that are None left out."""
    found = {}
    for name, value in part.items():
        found |= flat(value) if isinstance(value, dict) else {name: value}
    return {name: value for name, value in found.items() if value is not None}


def test_there_is_a_file_and_a_way_from_every_version():
    assert {said_by(path)["schema_version"] for path in GOLDEN} == {*range(1, SCHEMA_VERSION + 1)}
    assert set(STEPS) == set(range(1, SCHEMA_VERSION))


@of_version(2)
def test_a_record_of_schema_2_loads_with_all_that_it_said(path):
    loaded = json.loads(read_record(path).model_dump_json())
    assert is_part(said_by(path), loaded)


@of_version(1)
def test_a_record_of_schema_1_loads_with_all_that_it_said(path):
    said, loaded = said_by(path), json.loads(read_record(path).model_dump_json())
    kind = said["cell"].pop("kind")
    settings, selection = said.pop("settings"), said.get("selection") or {}
    assert said.pop("schema_version") == 1 and loaded["schema_version"] == SCHEMA_VERSION
    notes = selection.pop("notes", {})
    assert is_part(said, loaded)
    assert read_record(path).cell.kind == kind
    assert notes.items() <= flat(loaded["selection"] or {}).items()
    method = settings.pop("method", {})
    is_control = loaded["cell"]["role"] in ("control", "placebo")
    assert method.pop("control", is_control) == is_control
    assert is_part(method, loaded["method"] or {})
    data = {name.replace(" ", "_"): n for name, n in settings.pop("data").items()}
    assert flat(loaded["settings"]["data"]) == data
    filters = [{"name": f.pop("name"), "params": f} for f in settings.pop("filters", [])]
    assert is_part({**settings, "filters": filters}, loaded["settings"])
    assert loaded["settings"]["other"] == {}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_way_leaves_what_it_was_given_as_it_is(path):
    said = said_by(path)
    before = copy.deepcopy(said)
    assert migrated(said, SCHEMA_VERSION)["schema_version"] == SCHEMA_VERSION
    assert said == before
