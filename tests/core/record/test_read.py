"""The one reader of a record file: what it takes, what it names, and who asks it."""

import json
from pathlib import Path

import pytest

from igds_bench.core.record import SCHEMA_VERSION, CellSettings, parse_record, read_record
from igds_bench.errors import DataError
from igds_bench.harness.run.reuse import Published
from igds_bench.harness.store import Store
from igds_bench.report.read.records import read_records

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("record-*.json"))


def changed(**changes):
    return json.dumps({**json.loads(GOLDEN[-1].read_text()), **changes})


BAD = {
    "truncated": ('{"cell": ', "no readable JSON (truncated?)"),
    "bytes": (b"\xff\xfe\x00", "no readable JSON (truncated?)"),
    "deep": ("[" * 100_000, "no readable JSON (truncated?)"),
    "list": ("[1]", "schema version None is not one this version reads"),
    "without version": ("{}", "schema version None is not one this version reads"),
    "newer": (changed(schema_version=SCHEMA_VERSION + 1), f"(up to {SCHEMA_VERSION})"),
    "older than the first": (changed(schema_version=0), "schema version 0"),
    "text": (changed(schema_version="2"), "schema version '2'"),
    "invalid": (changed(status="done"), "`status` input should be 'ok' or 'failed'"),
    "unknown field": (changed(mystery=1), "`mystery` extra inputs are not permitted"),
    "settings of no form": (changed(settings=[1]), "`settings` input should be"),
    "invalid, of schema 1": (changed(schema_version=1, cell=[]), "`cell` input should be"),
    "empty, of schema 1": ('{"schema_version": 1}', "`cell` field required"),
}


@pytest.fixture(params=BAD.values(), ids=list(BAD))
def bad(request, tmp_path):
    content, said = request.param
    path = tmp_path / "records" / "r.json"
    path.parent.mkdir()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path, said


def test_what_is_no_record_is_named_by_one_sentence(bad):
    path, said = bad
    with pytest.raises(DataError) as error:
        read_record(path)
    assert str(error.value).startswith("r.json: ")
    assert said in str(error.value) and "\n" not in str(error.value)


def test_whoever_asks_gets_what_suits_him(bad):
    path, said = bad
    assert Store(path.parents[1]).read_record(path) is None
    assert not Published([path.parents[1]])
    found = read_records(path.parents[1])
    assert found.unreadable == [path] and not found.ok
    (problem,) = found.problems
    assert said in problem and problem.endswith("; left out.")


def test_a_missing_file_is_named_and_none_for_a_store(tmp_path):
    with pytest.raises(DataError, match=r"^gone\.json: "):
        read_record(tmp_path / "gone.json")
    assert Store(tmp_path).read_record(tmp_path / "gone.json") is None


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_everyone_reads_records_of_every_version(path, tmp_path):
    record = read_record(path)
    place = tmp_path / "records" / ("failed" if record.status == "failed" else "")
    place.mkdir(parents=True)
    (place / f"{record.cell.id}.json").write_bytes(path.read_bytes())
    assert Store(tmp_path).read_record(path) == record
    assert bool(Published([tmp_path])) == (record.status == "ok")
    found = read_records(tmp_path)
    assert [*found.ok, *found.failed] == [record]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_was_read_is_written_in_todays_schema_and_reads_the_same(path):
    record = read_record(path)
    written = record.model_dump_json()
    assert json.loads(written)["schema_version"] == SCHEMA_VERSION
    assert parse_record(written) == record


def test_options_that_come_and_go_within_a_schema_do_not_cost_a_record():
    record = read_record(GOLDEN[-1])
    said = json.loads(record.model_dump_json())
    said["settings"]["train"]["warmth"] = 3
    said["settings"]["evaluation"]["batch_size"] = 0
    said["settings"] |= {"colour": "red", "other": {"train": {"older": 1}}}
    found = parse_record(json.dumps(said))
    assert found.settings.train == record.settings.train
    assert found.settings.evaluation is None
    assert found.settings.other["train"] == {"older": 1, "warmth": 3}
    assert found.settings.other["colour"] == "red"
    assert found.settings.other["evaluation"]["batch_size"] == 0
    assert parse_record(found.model_dump_json()) == found


def test_every_part_of_the_settings_can_be_set_aside():
    said = json.loads(GOLDEN[-1].read_text())
    names = set(CellSettings.model_fields) - {"other"}
    said["settings"] = dict.fromkeys(names, 3.5)
    found = parse_record(json.dumps(said))
    assert found.settings == CellSettings(other=dict.fromkeys(names, 3.5))
