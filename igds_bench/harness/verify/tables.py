"""What lies stored behind records: test examples and generations, and metrics that read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from igds_bench.atomic import replacing
from igds_bench.core.data.reference import Reference, reference_count
from igds_bench.core.record import RunRecord
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import DataError
from igds_bench.evaluate.table import is_readable, stored_references, table_name

if TYPE_CHECKING:
    import pyarrow as pa

    from igds_bench.core.specs import FloatArray

TEXTS = ("example", "prompt", "reference", "generation")
"""Columns that every table of examples has."""
REFERENCES = ("reference", "references")
"""The second is there where an example has several."""
Texts = tuple[str | tuple[str, ...], Reference, str]
"""Generation (or several samples), reference and prompt."""


def by_table(records: Iterable[RunRecord]) -> dict[str, list[RunRecord]]:
    """Return records by the name of the file that a published board keeps their examples in."""
    groups: dict[str, list[RunRecord]] = defaultdict(list)
    for record in records:
        groups[table_name(record.cell)].append(record)
    return dict(sorted(groups.items()))


def stored_files(folder: Path, records: Sequence[RunRecord]) -> list[Path]:
    """Return the files with the examples of records of one model and task."""
    published = folder / table_name(records[0].cell)
    if published.exists():
        return [published]
    paths = [folder / "examples" / f"{record.key}.parquet" for record in records]
    return [path for path in paths if path.exists()]


def read_blocks(path: Path) -> Iterator[pa.Table]:
    """Yield a file's rows, a row group at a time, with the column ``record``.

    Raises:
        DataError: it is no table of examples, or it is truncated.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for number in range(file.num_row_groups):
                table = file.read_row_group(number)
                if "record" not in table.column_names:
                    table = table.add_column(0, "record", pa.array([path.stem] * len(table)))
                missing = sorted(set(TEXTS) - set(table.column_names))
                if missing:
                    raise DataError(f"{path.name}: has no column `{missing[0]}`.")
                yield table
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path.name}: no readable table of examples (truncated?).") from error


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Replace a file by what ``change`` makes of its row groups; links to the old one keep it."""
    import pyarrow.parquet as pq

    with replacing(path) as temporary, pq.ParquetFile(path) as file:
        groups = (file.read_row_group(number) for number in range(file.num_row_groups))
        tables = map(change, groups if file.num_row_groups else [file.read()])
        first = next(tables)
        with pq.ParquetWriter(temporary, first.schema, compression="zstd") as writer:
            for table in chain([first], tables):
                writer.write_table(table)


def references_in(table: pa.Table) -> list[Reference]:
    """Return what the generations of a table are compared with, by row."""
    known = [name for name in REFERENCES if name in table.column_names]
    return stored_references({name: table.column(name).to_pylist() for name in known})


def stored_count(paths: Iterable[Path]) -> str:
    """Return how many references the examples of some files have, as a signature says it."""
    import pyarrow.parquet as pq

    found: set[Reference] = set()
    for path in paths:
        # One that can't be read is named where its rows are.
        if is_readable(path) and REFERENCES[1] in pq.read_schema(path).names:
            found.update(references_in(pq.read_table(path, columns=list(REFERENCES))))
    return reference_count(found)


class Measures:
    """Statistics of stored generations; equal texts are measured once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int], dict[Texts, FloatArray]] = defaultdict(dict)

    def of(self, metric: MetricSpec, table: pa.Table) -> FloatArray:
        """Return a metric's statistics of the rows of a table, (n, s)."""
        import numpy as np

        known = self._known[metric.name, metric.signature, metric.version]
        given = table.column(metric.reads).to_pylist()
        texts = [tuple(each) if isinstance(each, list) else each for each in given]
        prompts = table.column("prompt").to_pylist()
        rows = list(zip(texts, references_in(table), prompts, strict=True))
        new = [texts for texts in dict.fromkeys(rows) if texts not in known]
        if new:
            known.update(zip(new, metric.measure(*map(list, zip(*new, strict=True))), strict=True))
        return np.array([known[texts] for texts in rows]).reshape(len(rows), len(metric.columns))
