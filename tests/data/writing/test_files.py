"""Every value of every type is written as it was read, or refused with its place before."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from igds_bench.data.read import read_rows
from igds_bench.data.writing.files import check_rows, to_table, write_rows
from igds_bench.errors import DataError

ODD = [
    {"text": "a\nb", "whole": 1, "float": 0.1, "list": [1, 2], "object": {"k": "ü"}, "flag": True},
    {"text": '"', "whole": None, "float": None, "list": [], "object": {"k": None}, "flag": None},
    {"text": "\u2028\ufeff", "whole": 2**53 + 1, "float": -1e300, "list": None, "object": None},
]
ONLY_PARQUET = [
    {"when": datetime(2024, 1, 2, 3, tzinfo=UTC), "raw": b"\x00\xff", "day": date(2024, 1, 2)},
    {"when": None, "raw": b"", "day": None},
]


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet"])
def test_values_come_back_as_they_were(suffix, tmp_path):
    path = tmp_path / f"o{suffix}"
    write_rows(ODD, path)
    found = read_rows(path)
    assert [{k: row.get(k) for k in ODD[0]} for row in found] == [
        {k: row.get(k) for k in ODD[0]} for row in ODD
    ]
    assert [type(row["whole"]) for row in found] == [int, type(None), int]


def test_csv_has_lists_and_objects_as_json(tmp_path):
    write_rows(ODD, tmp_path / "o.csv")
    [first, _, last] = read_rows(tmp_path / "o.csv")
    assert json.loads(first["list"]) == [1, 2]
    assert json.loads(first["object"]) == {"k": "ü"}
    assert last["whole"] == str(2**53 + 1)


def test_parquet_holds_times_and_bytes(tmp_path):
    write_rows(ONLY_PARQUET, tmp_path / "o.parquet")
    found = read_rows(tmp_path / "o.parquet")
    assert [row["raw"] for row in found] == [b"\x00\xff", b""]
    assert found[0]["when"] == ONLY_PARQUET[0]["when"]
    assert found[0]["day"] == ONLY_PARQUET[0]["day"]


def test_decimal_numbers_are_text_in_json(tmp_path):
    write_rows([{"price": Decimal("1.10")}], tmp_path / "o.jsonl")
    assert read_rows(tmp_path / "o.jsonl") == [{"price": "1.10"}]


MIXED = {
    "text beside a number": [1, "x"],
    "an object beside text": ["x", {"k": 1}],
    "a list beside a number": [5, [1]],
    "an object without fields": [{"k": 1}, {}] and ["x", {}],
    "a number of 30 digits": [1, 10**30],
}


@pytest.mark.parametrize("kind", MIXED)
@pytest.mark.parametrize("before", [0, 5000])
def test_what_parquet_cant_hold_is_refused_with_its_row_and_field(kind, before):
    first, odd = MIXED[kind]
    rows = [{"prompt": "p", "meta": first}] * (before + 1) + [{"prompt": "p", "meta": odd}]
    with pytest.raises(DataError) as error:
        check_rows(rows, ".parquet", lambda n: f"pool.jsonl: row {n + 1}")
    assert f"pool.jsonl: row {before + 2}, field `meta` holds" in str(error.value)
    assert "write .jsonl" in str(error.value)
    with pytest.raises(DataError, match="field `meta` holds"):
        to_table(rows, "o.parquet")


@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"x", {"deep": [float("nan")]}])
def test_what_json_cant_hold_is_refused_with_its_row_and_field(suffix, value):
    rows = [{"meta": 1.0}, {"meta": value}]
    with pytest.raises(DataError, match=r"row 2, field `meta` holds .*: write \.parquet"):
        check_rows(rows, suffix, lambda n: f"row {n + 1}")


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_what_can_be_held_passes(suffix):
    check_rows(ODD, suffix, str)
