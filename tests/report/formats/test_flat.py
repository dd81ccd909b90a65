"""Tables for programs: every number as it was."""

import csv

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.formats.flat import flat_rows, write_parquet
from igds_bench.report.render import render
from tests.builders.boards import hostile_board
from tests.builders.records import few, make_record, write_run


@pytest.fixture
def board(tmp_path):
    return hostile_board(tmp_path / "run")


def test_every_value_of_the_parquet_is_that_of_the_rows_and_columns_keep_their_types(
    board, tmp_path
):
    rows = flat_rows(board)
    write_parquet(rows, tmp_path / "all.parquet")
    assert pq.read_table(tmp_path / "all.parquet").to_pylist() == rows
    bare = [dict.fromkeys(rows[0]) | {"selector": "base", "mean": 1.0, "n": 1, "primary": True}]
    write_parquet(bare, tmp_path / "bare.parquet")
    full, empty = (pq.read_schema(tmp_path / f"{n}.parquet") for n in ("all", "bare"))
    assert full.field("verdict").type == empty.field("verdict").type == pa.string()
    assert full.field("p").type == empty.field("p").type == pa.float64()


def test_every_number_of_the_csv_reads_back_as_it_was(tmp_path):
    records = few([make_record("good", "10%", 0, 9, value=100 / 3)])
    board = build_leaderboard(write_run(tmp_path / "run", records))
    render(board, tmp_path / "out")
    with (tmp_path / "out" / "leaderboard.csv").open(newline="") as lines:
        read = list(csv.DictReader(lines))
    rows = flat_rows(board)
    assert len(read) == len(rows)
    for got, wanted in zip(read, rows, strict=True):
        for name, value in wanted.items():
            if isinstance(value, float):
                assert float(got[name]) == value
            else:
                assert got[name] == ("" if value is None else str(value))
