"""Pools, and large ones on disk: examples in a memory-mapped Arrow file, made when looked at."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from igds_bench.atomic import replacing
from igds_bench.core.data import ROW, Example, Pool, StoredExamples, Turn
from igds_bench.core.specs import TaskSpec
from igds_bench.data.carried import dump, load
from igds_bench.data.examples import RowReader
from igds_bench.data.layout.choose import Reading
from igds_bench.data.read import iter_rows, local_files, name_of_source, place_of_row
from igds_bench.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH = 4096
"""Examples that are written, and read, together."""
ON_DISK_BYTES = 64 * 2**20
"""Size of a source's files from which on its examples are kept on disk instead of in memory."""
COLUMNS = ("id", "prompt", "response", "source", "metadata", "row", "turns", "joiner")


class ExampleTable(StoredExamples):
    """The examples of an Arrow file, or some of them in some order.

    Args:
        table: the memory-mapped file.
        places: rows of the table; None takes all.
        reads: metadata fields that are shown, ``source`` among them; None shows everything.
    """

    def __init__(
        self,
        table: pa.Table,
        places: NDArray[np.int64] | None = None,
        reads: frozenset[str] | None = None,
    ) -> None:
        self._table, self._places, self._reads = table, places, reads
        self._batches = table.to_batches()
        counts = [batch.num_rows for batch in self._batches]
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    @classmethod
    def open(cls, path: Path) -> ExampleTable:
        """Map a file that ``write_examples`` made."""
        with pa.memory_map(str(path)) as source:
            return cls(pa.ipc.open_file(source).read_all())

    def __len__(self) -> int:
        return self._table.num_rows if self._places is None else len(self._places)

    def __getitem__(self, index: Any) -> Any:
        """Return the example at a position, or a tuple of them for a slice."""
        if not isinstance(index, slice):
            return self._read([range(len(self))[index]])[0]
        return self._read(range(len(self))[index])

    def _read(self, positions: Sequence[int]) -> tuple[Example, ...]:
        columns = (self._values(name, positions) for name in COLUMNS)
        rows = zip(*columns, strict=True)
        return tuple(self._example(dict(zip(COLUMNS, row, strict=True))) for row in rows)

    def _values(self, name: str, positions: Sequence[int]) -> list[Any]:
        """Return one column's values, reading batch by batch, so that none is joined to another."""
        places = np.asarray(positions, dtype=np.int64)
        rows = places if self._places is None else self._places[places]
        batch_of = np.searchsorted(self._starts, rows, side="right") - 1
        found: list[Any] = [None] * len(rows)
        for number in np.unique(batch_of):
            own = np.flatnonzero(batch_of == number)
            column = self._batches[number].column(name)
            values = column.take(pa.array(rows[own] - self._starts[number])).to_pylist()
            for place, value in zip(own.tolist(), values, strict=True):
                found[place] = value
        return found

    def _example(self, row: dict[str, Any]) -> Example:
        fields = load(row.pop("metadata"))
        row["turns"] = tuple(Turn(*turn) for turn in json.loads(row["turns"]))
        if self._reads is None:
            return Example(**row, metadata=fields)
        shown = MappingProxyType({k: v for k, v in fields.items() if k in self._reads})
        source = row["source"] if "source" in self._reads else ""
        place = row["row"] if ROW in self._reads else 0
        return Example(**{**row, "source": source, "row": place}, metadata=shown)

    def column(self, name: str, positions: Sequence[int] | None = None) -> list[str]:
        """Return ``id``, ``prompt`` or ``source`` of all examples, or of those at positions."""
        chosen = range(len(self)) if positions is None else positions
        if name == "source" and self._reads is not None and "source" not in self._reads:
            return [""] * len(chosen)
        return self._values(name, chosen)

    def take(self, positions: Sequence[int]) -> ExampleTable:
        """Return some of the examples, in this order, without reading them."""
        chosen = np.asarray(positions, dtype=np.int64)
        places = chosen if self._places is None else self._places[chosen]
        return ExampleTable(self._table, places, self._reads)

    def visible(self, reads: Iterable[str]) -> ExampleTable:
        """Return the same examples with only the metadata fields named in ``reads``."""
        return ExampleTable(self._table, self._places, frozenset(reads))


def write_examples(examples: Iterable[Example], path: Path) -> None:
    """Write examples to an Arrow file, marking exact duplicates by a suffix of their ids."""
    text = ("id", "prompt", "response", "source", "metadata", "turns", "joiner")
    types = {name: pa.large_string() for name in text} | {"row": pa.int64()}
    schema = pa.schema([(name, types[name]) for name in COLUMNS])
    seen: Counter[str] = Counter()
    stream = iter(examples)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        while batch := list(islice(stream, BATCH)):
            ids = []
            for example in batch:
                seen[example.id] += 1
                count = seen[example.id]
                ids.append(example.id if count == 1 else f"{example.id}-{count}")
            columns = [
                ids,
                [example.prompt for example in batch],
                [example.response for example in batch],
                [example.source for example in batch],
                [dump(example.metadata) for example in batch],
                [example.row for example in batch],
                [json.dumps([astuple(turn) for turn in example.turns]) for example in batch],
                [example.joiner for example in batch],
            ]
            arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))


def read_pool(source: Any, task: TaskSpec, reading: Reading, folder: Path) -> tuple[Pool, str]:
    """Read the rows of a source as examples; those of large files are kept in ``folder``.

    Args:
        source: as of ``iter_rows``.
        task: gives the template.
        reading: what the user says of the rows.
        folder: where large pools are kept.

    Returns:
        The pool, and in one line how its rows were read.

    Raises:
        DataError: a row has a missing or empty field, or the source can't be read.
    """
    name = name_of_source(source)
    reader = RowReader(task, name, reading, partial(place_of_row, source))
    examples = reader.examples(iter_rows(source))
    if sum(path.stat().st_size for path in local_files(source)) > ON_DISK_BYTES:
        pool = pool_on_disk(examples, folder, name)
    else:
        pool = Pool.from_rows(examples, name)
    if not len(pool):
        raise DataError(f"{name} is empty: it holds no rows.")
    return pool, reader.said()


def pool_on_disk(examples: Iterable[Example], folder: Path, name: str) -> Pool:
    """Write examples into ``folder`` and return the pool that reads them from there."""
    place = folder / "pool.arrow"
    with replacing(place) as temporary:
        write_examples(examples, temporary)
    return Pool(ExampleTable.open(place), name)
