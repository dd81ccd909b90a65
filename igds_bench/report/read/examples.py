"""Read the per-example statistics behind records: from a run's files or a board's tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from igds_bench.core.record import RunRecord
from igds_bench.evaluate.table import table_name
from igds_bench.metrics import METRICS

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLOSE = 1e-4
"""How far a score may be from what its per-example statistics give, in points."""


@dataclass
class Stored:
    """The statistics of one metric, behind the records of one model and task."""

    statistics: dict[str, Floats] = field(default_factory=dict)
    """(examples, columns) by record key; examples in one order for all."""
    columns: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)


def read_statistics(folders: Sequence[Path], records: Sequence[RunRecord], metric: str) -> Stored:
    """Return what is stored of a metric for records of one model and task.

    Records that have other test examples than most are left out and named, and so are those whose
    statistics do not give their score. Records without stored examples are silently absent.
    """
    found = Stored()
    by_split: dict[tuple[str, ...], list[str]] = {}
    for name, table in _tables(folders, records, metric, found.problems):
        columns, parts = _split(table, metric)
        if not columns:
            continue
        found.columns = found.columns or columns
        for key, examples, values in parts:
            if columns == found.columns:
                by_split.setdefault(examples, []).append(key)
                found.statistics[key] = values
            else:
                found.problems.append(f"{name}: other columns of {metric} than its board has.")
    _keep_one_split(found, by_split, records)
    _check_scores(found, records, metric)
    return found


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


def _split(
    table: pa.Table, metric: str
) -> tuple[tuple[str, ...], list[tuple[str, tuple[str, ...], Floats]]]:
    """Return the metric's columns, and per record its examples, sorted, with their statistics."""
    import numpy as np

    columns = tuple(n for n in table.column_names if n.startswith(f"{metric}/"))
    if not columns or not len(table):
        return columns, []
    table = table.unify_dictionaries().combine_chunks()
    codes, names = zip(*(_codes(table.column(n)) for n in ("record", "example")), strict=True)
    order = np.lexsort((codes[1], codes[0]))
    values = np.column_stack([table.column(n).to_numpy() for n in columns])[order]
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
    return columns, parts


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


def _check_scores(found: Stored, records: Sequence[RunRecord], metric: str) -> None:
    """Name and drop the records whose stored statistics don't give their score."""
    combine = combiner(metric, found.columns)
    for record in records:
        values, score = found.statistics.get(record.key), record.scores.get(metric)
        if values is None or score is None or combine is None:
            continue
        given = float(combine(values.sum(axis=0)))
        if not abs(given - score.value) <= CLOSE:
            del found.statistics[record.key]
            found.problems.append(
                f"{record.cell.id}: {metric} is {score.value:.4f} in the record and {given:.4f} "
                "by its stored examples; left out."
            )


def combiner(metric: str, columns: Sequence[str]) -> Callable[[Floats], Floats] | None:
    """Return how a metric comes from sums of its columns, or None where only its plugin knows.

    Two columns are a sum and a count; metrics of this package know their own.
    """
    names = tuple(column.removeprefix(f"{metric}/") for column in columns)
    if metric in METRICS and METRICS[metric]().columns == names:
        return METRICS[metric]().from_sums
    return (lambda sums: sums[..., 0] / sums[..., 1]) if len(names) == 2 else None
