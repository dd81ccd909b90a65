"""Records of every schema version keep loading, with all that they said."""

import json
from pathlib import Path

import pytest

from igds_bench.core.record import SCHEMA_VERSION, parse_record, read_record
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.read.records import load_records

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("record-*.json"))


def version(path):
    return json.loads(path.read_text())["schema_version"]


def is_part(said, loaded):
    """Return whether everything that a file said is in what was loaded of it."""
    if isinstance(said, dict):
        return all(name in loaded and is_part(value, loaded[name]) for name, value in said.items())
    if isinstance(said, list):
        return len(said) == len(loaded) and all(map(is_part, said, loaded))
    return said == loaded


def test_there_is_a_file_of_every_version():
    assert {version(path) for path in GOLDEN} == set(range(1, SCHEMA_VERSION + 1))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_record_loads_with_all_that_it_said(path):
    loaded = json.loads(read_record(path).model_dump_json())
    assert is_part(json.loads(path.read_text()), loaded)
    assert parse_record(json.dumps(loaded)) == read_record(path)


@pytest.fixture
def folder(tmp_path):
    for path in GOLDEN:
        record = read_record(path)
        place = tmp_path / "records" / ("failed" if record.status == "failed" else "")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{record.cell.id}.json").write_bytes(path.read_bytes())
        if record.selection is not None:
            (tmp_path / "manifests").mkdir(exist_ok=True)
            (tmp_path / "manifests" / f"{record.selection.fingerprint}.json").write_text("{}")
    return tmp_path


def test_old_records_still_make_a_table_and_a_board(folder):
    assert len(load_records(folder)) == len(GOLDEN)
    board = build_leaderboard(folder)
    ok = sum(json.loads(path.read_text())["status"] == "ok" for path in GOLDEN)
    shown = {record.cell.id for record in board.records}
    named = "\n".join(board.problems)
    assert ok and len(board.failed) == len(GOLDEN) - ok
    for path in GOLDEN:
        record = read_record(path)
        if record.status == "ok":
            assert record.cell.id in shown or record.cell.id in named
