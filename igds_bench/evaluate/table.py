"""Per-example results as a Parquet table, from which every score can be computed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from igds_bench.core.record import Score
from igds_bench.core.specs import MetricSpec
from igds_bench.metrics import score

if TYPE_CHECKING:
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
