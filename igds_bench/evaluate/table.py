"""Per-example results as a Parquet table, from which every score can be computed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from igds_bench.core.record import Score
from igds_bench.core.specs import MetricSpec
from igds_bench.metrics import score

if TYPE_CHECKING:
    import pyarrow as pa

    from igds_bench.core.grid import Cell
    from igds_bench.core.specs import FloatArray

Column = list[Any]


def statistics_columns(metric: MetricSpec, statistics: FloatArray) -> dict[str, Column]:
    """Return a metric's statistics as columns ``<metric>/<statistic>``."""
    return {
        f"{metric.name}/{column}": statistics[:, position].tolist()
        for position, column in enumerate(metric.columns)
    }


def score_table(table: Mapping[str, Column], metrics: Iterable[MetricSpec]) -> dict[str, Score]:
    """Compute scores from a table's stored statistics, by metric name."""
    return {
        metric.name: score(
            metric, np.column_stack([table[f"{metric.name}/{c}"] for c in metric.columns])
        )
        for metric in metrics
    }


def rescore(table: Mapping[str, Column], metrics: Iterable[MetricSpec]) -> dict[str, Score]:
    """Compute scores anew from a table's stored generations, without a model."""
    return {
        metric.name: score(
            metric, metric.measure(table["generation"], table["reference"], table["prompt"])
        )
        for metric in metrics
    }


def write_table(table: Mapping[str, Column], path: Path) -> None:
    """Write a table as Parquet, compressed with zstd."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(dict(table)), path, compression="zstd")


def read_table(path: Path) -> dict[str, Column]:
    """Read what ``write_table`` wrote."""
    import pyarrow.parquet as pq

    found: dict[str, Column] = pq.read_table(path).to_pydict()
    return found


def table_name(cell: Cell) -> str:
    """Return the name of the file that holds the examples of a published cell."""
    return f"examples-{cell.task}--{cell.model}.parquet".replace("/", "_")


def stored_rows(folders: Sequence[Path], key: str, published: str) -> pa.Table | None:
    """Return the rows behind a record, or None where no folder has them.

    Args:
        folders: runs, which have a file per record, or published boards, which have one per task.
        key: of the record.
        published: name of a board's file, as ``table_name`` gives it.
    """
    import pyarrow.parquet as pq

    for folder in folders:
        own = folder / "examples" / f"{key}.parquet"
        if own.exists():
            return pq.read_table(own)
        if (folder / published).exists():
            table = pq.read_table(folder / published, filters=[("record", "=", key)])
            if len(table):
                return table.drop_columns(["record"])
    return None
