"""Records of every schema version still make tables and boards."""

import json
from pathlib import Path

import pytest

from igds_bench.core.record import read_record
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.read.records import load_records

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("record-*.json"))


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
