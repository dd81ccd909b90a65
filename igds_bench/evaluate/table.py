"""Per-example results as a Parquet table, from which every score can be computed again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from igds_bench.core.data.reference import Reference, texts_of
from igds_bench.core.names import path_name
from igds_bench.core.record import Score
from igds_bench.core.specs import MetricSpec
from igds_bench.metrics import score

if TYPE_CHECKING:
    import pyarrow as pa

    from igds_bench.core.grid import Cell
    from igds_bench.core.specs import FloatArray

Column = list[Any]


def reference_columns(references: Sequence[Reference]) -> dict[str, Column]:
    """Return the column ``reference``, and ``references`` where an example has several."""
    texts = [texts_of(reference) for reference in references]
    firsts: dict[str, Column] = {"reference": [own[0] for own in texts]}
    several = any(len(own) > 1 for own in texts)
    return firsts | ({"references": [list(own) for own in texts]} if several else {})


def stored_references(columns: Mapping[str, Column]) -> list[Reference]:
    """Return what ``reference_columns`` made columns of; lists of one as the text."""
    firsts = columns["reference"]
    given = columns.get("references") or [None] * len(firsts)
    return [
        tuple(own) if own is not None and len(own) > 1 else first
        for first, own in zip(firsts, given, strict=True)
    ]


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
            metric, metric.measure(table[metric.reads], stored_references(table), table["prompt"])
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
    return f"examples-{path_name(cell.task, cell.model)}.parquet"


def stored_examples(runs: Sequence[Path], keys: Sequence[str], name: str) -> dict[str, pa.Table]:
    """Return the rows behind each record: from a run's own file, or a published folder's table.

    Args:
        runs: runs or published folders; the first to have a record counts.
        keys: of the wanted records; those without any are absent.
        name: of the table in a published folder, as ``table_name`` gives it.

    Files that can't be read are passed over.
    """
    found: dict[str, pa.Table] = {}
    for run in runs:
        for key in keys:
            path = run / "examples" / f"{key}.parquet"
            if key not in found and (own := _read(path)) is not None:
                found[key] = own
        missing = [key for key in keys if key not in found]
        # Once for all records: every look into the file reads all of it.
        table = _read(run / name, missing) if missing else None
        found |= _by_record(table) if table is not None else {}
    return found


def is_readable(path: Path) -> bool:
    """Return whether a file is a whole Parquet table, by its end."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        pq.read_schema(path)
    except (pa.ArrowInvalid, OSError):
        return False
    return True


def _read(path: Path, keys: Sequence[str] | None = None) -> pa.Table | None:
    """Return a table, or those of its rows that are of some records; None if it can't be read."""
    import pyarrow.parquet as pq

    if not path.exists() or not is_readable(path):
        return None
    return pq.read_table(path, filters=None if keys is None else [("record", "in", list(keys))])


def _by_record(table: pa.Table) -> dict[str, pa.Table]:
    """Split a table by its column ``record``, whose equal values lie beside each other."""
    import numpy as np
    import pyarrow.compute as pc

    if not len(table):
        return {}
    records = table.column("record").combine_chunks()
    codes = pc.rank(records.cast("string"), tiebreaker="dense").to_numpy()
    starts = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(table)]
    rest = table.drop_columns(["record"])
    return {
        records[start].as_py(): rest.slice(start, end - start) for start, end in pairwise(starts)
    }
