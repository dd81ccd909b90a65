"""Rows into files, every value as it was read; what a kind of file can't hold is said before."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from igds_bench.atomic import replacing
from igds_bench.errors import DataError

SUFFIXES = (".jsonl", ".json", ".csv", ".parquet")
CHUNK = 4096
"""Rows that are looked at together."""
Row = Mapping[str, Any]


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """Write rows in the format that the file's suffix names, whole or not at all.

    JSON has times and decimal numbers as text; CSV has all as text, lists and objects as JSON.

    Raises:
        DataError: a field's values have no common type that Parquet could hold.
    """
    given = list(rows)
    with replacing(path) as temporary:
        if path.suffix == ".jsonl":
            with temporary.open("w", encoding="utf-8") as lines:
                lines.writelines(f"{_json(row)}\n" for row in given)
        elif path.suffix == ".json":
            text = json.dumps(given, ensure_ascii=False, indent=1, default=str, allow_nan=False)
            temporary.write_text(text, encoding="utf-8")
        elif path.suffix == ".csv":
            _write_csv(given, temporary)
        else:
            pq.write_table(to_table(given, path.name), temporary, compression="zstd")


def to_table(rows: Sequence[Row], name: str) -> pa.Table:
    """Return rows as an Arrow table: whole numbers stay whole beside nulls.

    Args:
        rows: any; a field that one lacks is null there.
        name: for messages.

    Raises:
        DataError: a field's values have no common type; names it, and the first row that differs.
    """
    columns = {}
    for field in _fields(rows):
        values = [row.get(field) for row in rows]
        try:
            columns[field] = pa.array(values)
        except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
            raise _no_column(field, values, name, error) from None
    return pa.table(columns)


def check_rows(rows: Iterable[Row], suffix: str, place: Callable[[int], str]) -> None:
    """Refuse rows with values that a kind of file can't hold, before they are chosen from.

    Args:
        rows: in file order.
        suffix: of the file that some of them are to be written to.
        place: says where the row at a position stands.

    Raises:
        DataError: names the row, the field and what would hold it.
    """
    stream, start = iter(rows), 0
    types: dict[str, pa.DataType] = {}
    while part := list(islice(stream, CHUNK)):
        if suffix == ".parquet":
            _check_types(part, types, partial(_placed, place, start))
        else:
            for position, row in enumerate(part):
                for field, value in row.items():
                    if fault := _no_json(value, strict=suffix != ".csv"):
                        raise DataError(
                            f"{place(start + position)}, field `{field}` holds {fault}, which "
                            f"{suffix} has no way to write: write .parquet, or take the field out."
                        )
        start += len(part)


def _check_types(
    rows: Sequence[Row], types: dict[str, pa.DataType], place: Callable[[int], str]
) -> None:
    """Note the types of rows' fields; refuse one that doesn't go with those before.

    Raises:
        DataError: names the row and the field.
    """
    for field in _fields(rows):
        values = [row.get(field) for row in rows]
        try:
            own = _held(pa.array(values).type)
            types[field] = _common(types.get(field, pa.null()), own)
        except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
            raise _no_column(field, values, "", error, place, types.get(field)) from None


def _placed(place: Callable[[int], str], start: int, position: int) -> str:
    return place(start + position)


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    schemas = [pa.schema([("field", one)]), pa.schema([("field", other)])]
    return pa.unify_schemas(schemas, promote_options="permissive").field(0).type


def _held(found: pa.DataType) -> pa.DataType:
    """Return a type that Parquet can hold; ArrowInvalid for an object that has no fields."""
    if pa.types.is_struct(found) and found.num_fields == 0:
        raise pa.ArrowInvalid("an object without fields")
    return found


def _no_column(
    field: str,
    values: Sequence[Any],
    name: str,
    error: Exception,
    place: Callable[[int], str] | None = None,
    before: pa.DataType | None = None,
) -> DataError:
    position = _first_odd(values, before)
    where = place(position) if place else f"{name}: row {position + 1}"
    value = f"{values[position]!r}"[:60]
    return DataError(
        f"{where}, field `{field}` holds {value}, which Parquet can't hold together with the "
        f"field's other values ({str(error).splitlines()[0]}): write .jsonl, or take the field out."
    )


def _first_odd(values: Sequence[Any], before: pa.DataType | None) -> int:
    """Return the position of the first value that doesn't go with those before it."""
    known = before or pa.null()
    for position, value in enumerate(values):
        try:
            known = _common(known, _held(pa.array([value]).type))
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            return position
    return len(values) - 1


def _no_json(value: Any, strict: bool) -> str:
    """Return what of a value JSON has no way to write; CSV writes numbers that are none as text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value) if strict else ""
    if isinstance(value, (bytes, bytearray)):
        return "bytes"
    parts: Iterator[Any] = iter(())
    if isinstance(value, Mapping):
        parts = iter(value.values())
    elif isinstance(value, (list, tuple)):
        parts = iter(value)
    return next((fault for part in parts if (fault := _no_json(part, True))), "")


def _write_csv(rows: Sequence[Row], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, _fields(rows), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: Any) -> Any:
    return _json(value) if isinstance(value, (Mapping, list, tuple)) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)


def _fields(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(field for row in rows for field in row))
