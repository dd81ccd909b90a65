"""Read rows from CSV, TSV and Parquet files."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from igds_bench.data.files.opening import COMPRESSED, kind_of, open_bytes, open_text
from igds_bench.errors import DataError

OTHERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What separates fields in files that are called CSV all the same."""


def csv_rows(path: Path, split: str = "train") -> Iterator[dict[str, Any]]:
    """Yield the rows of a CSV or TSV file with a header; every value is text.

    Raises:
        DataError: a column occurs twice, a row has another number of fields, or it is separated
            otherwise.
    """
    csv.field_size_limit(2**31 - 1)
    delimiter = "\t" if kind_of(path) == ".tsv" else ","
    with open_text(path, newline="") as lines:
        reader = csv.DictReader(lines, delimiter=delimiter, strict=True)
        try:
            names = list(reader.fieldnames or [])
            _check_separator(path, names)
            check_columns(str(path), names)
            for row in reader:
                if None in row or None in row.values():
                    raise DataError(
                        f"{path}:{reader.line_num}: this row has another number of fields than "
                        f"the header ({len(names)})."
                    )
                yield dict(row)
        except csv.Error as error:
            raise DataError(
                f"{path}:{reader.reader.line_num}: {error}. A field with a quote in it is written "
                "in quotes, and the quote twice."
            ) from None


def _check_separator(path: Path, names: Sequence[str]) -> None:
    header = names[0] if len(names) == 1 else ""
    for mark, called in OTHERS.items():
        if mark in header or header.lower().startswith("sep="):
            raise DataError(
                f"{path}: the header is one field, {header!r}: this looks separated by "
                f"{called}. Save it with commas, or with tabs as .tsv."
            )


def check_columns(name: str, names: Iterable[str]) -> None:
    """Refuse a table in which two columns have one name.

    Raises:
        DataError: names them.
    """
    twice = [column for column, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"{name}: the column {', '.join(f'`{column}`' for column in twice)} occurs twice; "
            "rename one of the two."
        )


def parquet_rows(
    path: Path, split: str = "train", columns: Collection[str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a Parquet file, with all columns or those of the named ones that it has.

    Raises:
        DataError: it can't be read, or a column occurs twice.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    source: Any = path
    if path.suffix.lower() in COMPRESSED:
        with open_bytes(path) as whole:
            source = pa.BufferReader(whole.read())
    try:
        file = pq.ParquetFile(source)
        check_columns(str(path), file.schema_arrow.names)
        names = file.schema_arrow.names
        wanted = names if columns is None else [name for name in names if name in columns]
        for batch in file.iter_batches(batch_size=4096, columns=wanted):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is no readable Parquet file: {error}") from None
