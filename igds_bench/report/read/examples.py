"""Read the per-example statistics behind records: from a run's files or a board's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from igds_bench.core.record import RunRecord
from igds_bench.evaluate.table import table_name
from igds_bench.metrics.recorded import Offered
from igds_bench.report.read.aggregates import (
    CLOSE,
    Aggregate,
    Evidence,
    aggregate_of,
    columns_of,
)

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Values: TypeAlias = "Callable[[pa.Table], Floats | None]"
"""A metric's value for each row of a table."""


@dataclass
class Stored:
    """The statistics of one metric, behind the records of one model and task."""

    statistics: dict[str, Floats] = field(default_factory=dict)
    """(examples, columns) by record key; examples in one order for all, columns in the metric's."""
    aggregate: Aggregate = field(default_factory=Aggregate)
    """How they become the metric."""
    problems: list[str] = field(default_factory=list)


def read_statistics(
    folders: Sequence[Path], records: Sequence[RunRecord], metric: str, offered: Offered
) -> Stored:
    """Return what is stored of a metric for records of one model and task.

    Records that have other test examples than most are left out and named, and so are those whose
    statistics do not give their score. Records without stored examples are silently absent.
    """
    found = Stored()
    having = [record for record in records if metric in record.scores]
    by_split: dict[tuple[str, ...], list[str]] = {}
    columns, tables = _stored(folders, records, metric, found.problems)
    for name, table in tables:
        statistics = _statistics(table, metric, columns)
        if statistics is None:
            found.problems.append(f"{name}: other columns of {metric} than its board has.")
            continue
        for key, examples, values in _split(table, statistics):
            by_split.setdefault(examples, []).append(key)
            found.statistics[key] = values
    _keep_one_split(found, by_split, records)
    sums = {key: values.sum(axis=0) for key, values in found.statistics.items()}
    evidence = [(record, sums[record.key]) for record in having if record.key in sums]
    found.aggregate = aggregate_of(metric, columns, evidence, offered)
    _check_scores(found, evidence, metric)
    return found


def _stored(
    folders: Sequence[Path], records: Sequence[RunRecord], metric: str, problems: list[str]
) -> tuple[tuple[str, ...], list[tuple[str, pa.Table]]]:
    """Return a metric's columns, and the tables that have any of them, each with its name."""
    tables = [
        (name, table)
        for name, table in _tables(folders, records, metric, problems)
        if len(table) and _names(table.column_names, metric)
    ]
    names = _names(tables[0][1].column_names, metric) if tables else []
    scores = [record.scores[metric] for record in records if metric in record.scores]
    return columns_of(metric, scores, names), tables


def _tables(
    folders: Sequence[Path], records: Sequence[RunRecord], metric: str, problems: list[str]
) -> list[tuple[str, pa.Table]]:
    """Return tables with the columns record, example and the metric's; note unreadable ones."""
    import pyarrow as pa

    keys = {record.key for record in records}
    tables, seen = [], set()
    for folder in folders:
        path = folder / table_name(records[0].cell)
        if path.exists() and (table := _read(path, metric, problems)) is not None:
            tables.append((path.name, table))
    for key, folder in ((key, folder) for key in sorted(keys) for folder in folders):
        path = folder / "examples" / f"{key}.parquet"
        if key not in seen and path.exists():
            seen.add(key)
            table = _read(path, metric, problems)
            if table is not None:
                names = pa.array([key] * len(table)).dictionary_encode()
                tables.append((path.name, table.add_column(0, "record", names)))
    return tables


def _read(path: Path, metric: str, problems: list[str]) -> pa.Table | None:
    """Return a file's columns record, example and the metric's, or note why it can't be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    needed = ("example",) if path.parent.name == "examples" else ("record", "example")
    try:
        names = pq.read_schema(path).names
        if set(needed) <= set(names):
            wanted = [n for n in names if n in needed or n.startswith(f"{metric}/")]
            return pq.read_table(path, columns=wanted, read_dictionary=["example"])
    except (pa.ArrowInvalid, OSError):
        pass
    problems.append(f"{path.name}: no readable table of examples (truncated?); left out.")
    return None


def _split(table: pa.Table, statistics: Floats) -> list[tuple[str, tuple[str, ...], Floats]]:
    """Return per record its examples, sorted, with their statistics."""
    import numpy as np

    table = table.unify_dictionaries().combine_chunks()
    codes, names = zip(*(_codes(table.column(n)) for n in ("record", "example")), strict=True)
    order = np.lexsort((codes[1], codes[0]))
    values = statistics[order]
    records, starts = np.unique(codes[0][order], return_index=True)
    ends = [*starts[1:], len(order)]
    examples = codes[1][order]
    known: dict[bytes, tuple[str, ...]] = {}
    parts = []
    for record, start, end in zip(records, starts, ends, strict=True):
        own = examples[start:end]
        if own.tobytes() not in known:
            known[own.tobytes()] = tuple(names[1][code] for code in own)
        parts.append((names[0][record], known[own.tobytes()], values[start:end]))
    return parts


def _codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """Return codes that sort as the texts do, and the texts by code."""
    import numpy as np
    import pyarrow as pa

    encoded = column.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    texts = encoded.dictionary.to_pylist()
    order = sorted(range(len(texts)), key=texts.__getitem__)
    places = np.empty(len(texts), dtype=np.int64)
    places[order] = np.arange(len(texts))
    return places[encoded.indices.to_numpy()], [texts[i] for i in order]


def _keep_one_split(
    found: Stored, by_split: dict[tuple[str, ...], list[str]], records: Sequence[RunRecord]
) -> None:
    """Keep the records of the most frequent set of test examples; name the others."""
    if len(by_split) < 2:
        return
    ids = {record.key: record.cell.id for record in records}
    kept = max(by_split, key=lambda split: (len(by_split[split]), split))
    for split, keys in by_split.items():
        for key in keys if split is not kept else ():
            del found.statistics[key]
            if key in ids:
                found.problems.append(
                    f"{ids[key]}: its {len(split)} test examples are not the {len(kept)} that "
                    f"{len(by_split[kept])} other records of this task have; left out."
                )


def _check_scores(found: Stored, evidence: Evidence, metric: str) -> None:
    """Name and drop the records whose stored statistics don't give their score."""
    combine = found.aggregate.combine
    if combine is None:
        return
    for record, sums in evidence:
        given, recorded = float(combine(sums)), record.scores[metric].value
        if not abs(given - recorded) <= CLOSE:
            del found.statistics[record.key]
            found.problems.append(
                f"{record.cell.id}: {metric} is {recorded:.4f} in the record and {given:.4f} "
                "by its stored examples; left out."
            )


def example_values(
    tables: Sequence[tuple[RunRecord, pa.Table]], metric: str, offered: Offered
) -> Values:
    """Return what gives a metric's value for each example of a table.

    It gives None where the table lacks a column of the metric, or nobody here can put it together.

    Args:
        tables: records of one model and task, each with its examples.
        metric: its name.
        offered: what plugins offer, for metrics that only they can put together.
    """
    import numpy as np

    having = [(record, table) for record, table in tables if metric in record.scores]
    stored = next((n for _, table in having if (n := _names(table.column_names, metric))), [])
    columns = columns_of(metric, (record.scores[metric] for record, _ in having), stored)
    known = [(record, _statistics(table, metric, columns)) for record, table in having]
    evidence = [(record, found.sum(axis=0)) for record, found in known if found is not None]
    combine = aggregate_of(metric, columns, evidence, offered).combine if evidence else None

    def values(table: pa.Table) -> Floats | None:
        statistics = _statistics(table, metric, columns)
        if statistics is None or combine is None:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            return combine(statistics)

    return values


def _names(names: Iterable[str], metric: str) -> list[str]:
    """Return a metric's columns among a table's, without the metric's name."""
    start = f"{metric}/"
    return [name.removeprefix(start) for name in names if name.startswith(start)]


def _statistics(table: pa.Table, metric: str, columns: Sequence[str]) -> Floats | None:
    """Return the statistics of a table's rows, (rows, columns); None where it lacks a column."""
    import numpy as np

    names = [f"{metric}/{column}" for column in columns]
    if not names or not set(names) <= set(table.column_names):
        return None
    found = np.column_stack([table.column(name).to_numpy() for name in names])
    return found.astype(np.float64, copy=False)
