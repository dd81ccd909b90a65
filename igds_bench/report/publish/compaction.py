"""Compact the per-example tables of many records into one Parquet file per model and task."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from igds_bench.core.record import RunRecord
from igds_bench.evaluate.table import stored_examples, table_name

if TYPE_CHECKING:
    import pyarrow as pa

ZSTD_LEVEL = 9
REPEATED = 0.1
"""Share of different values above which a dictionary of them is larger than they are."""


def compact_examples(runs: Sequence[Path], records: Sequence[RunRecord], folder: Path) -> None:
    """Write every generation and statistic as ``examples-<task>--<model>.parquet``.

    Rows are keyed by the column ``record`` and lie in the order of the records' cells. One model
    and task is held in memory at a time.

    Args:
        runs: runs, with a file per record, or published folders; the first to have a record counts.
        records: whose examples are wanted; those without any are left out.
        folder: that is written to; none of ``runs``.
    """
    import pyarrow as pa

    groups: dict[str, list[str]] = {}
    for record in sorted(records, key=lambda r: r.cell.id):
        groups.setdefault(table_name(record.cell), []).append(record.key)
    for name, keys in groups.items():
        stored = stored_examples(runs, keys, name)
        tables = [_keyed(key, stored[key]) for key in keys if key in stored]
        if tables:
            merged = pa.concat_tables(tables, promote_options="default").unify_dictionaries()
            _write(merged, folder / name)


def _write(table: pa.Table, path: Path) -> None:
    """Write a table a quarter smaller than by default, losing nothing.

    Numbers that hardly repeat, such as losses, gain nothing from a dictionary; their bytes compress
    better place by place.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    split = [
        name
        for name, column in zip(table.column_names, table.columns, strict=True)
        if pa.types.is_floating(column.type)
        and pc.count_distinct(column).as_py() > len(table) * REPEATED
    ]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=[name for name in table.column_names if name not in split],
        column_encoding=dict.fromkeys(split, "BYTE_STREAM_SPLIT"),
    )


def _keyed(key: str, table: pa.Table) -> pa.Table:
    import pyarrow as pa

    return table.add_column(0, "record", pa.array([key] * len(table)).dictionary_encode())
