"""How a shared quantity is kept: shards while it is read, two arrays once all of it is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from igds_bench.atomic import replacing
from igds_bench.core.quantities import Quantity, Ragged

if TYPE_CHECKING:
    from igds_bench.modeling.forward import Reader, Spent


def shard_places(folder: Path, ids: Sequence[str], size: int) -> Iterator[tuple[Path, list[int]]]:
    """Yield the file of every shard with its examples' positions, in the order of their ids."""
    order = sorted(range(len(ids)), key=lambda position: ids[position])
    for number, start in enumerate(range(0, len(order), size)):
        yield folder / f"{number:06d}.npz", order[start : start + size]


def keep_shard(
    place: Path,
    positions: Sequence[int],
    found: Sequence[Sequence[NDArray[Any]]],
    readers: Sequence[Reader],
    spent: Sequence[Spent],
) -> None:
    """Write a shard atomically: flat values and lengths of each reader, by position in the pool."""
    arrays: dict[str, NDArray[Any]] = {
        "positions": np.asarray(positions),
        "spent": np.asarray([astuple(s) for s in spent], dtype=np.float64),
    }
    for number, (rows, reader) in enumerate(zip(found, readers, strict=True)):
        arrays[f"values{number}"] = np.concatenate(rows).astype(reader.dtype)
        arrays[f"lengths{number}"] = np.asarray([len(row) for row in rows])
    with replacing(place) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def spent_in(folder: Path, count: int) -> list[Spent]:
    """Return what each of ``count`` quantities would have cost alone, over all shards."""
    from igds_bench.modeling.forward import Spent

    total = np.zeros((count, len(fields(Spent))))
    for place in sorted(folder.glob("*.npz")):
        with np.load(place) as kept:
            total += kept["spent"]
    return [Spent(s, f, int(n), int(tokens), *rest) for s, f, n, tokens, *rest in total.tolist()]


def assemble(shards: Path, number: int, size: int, folder: Path) -> None:
    """Put the shards of one quantity together in the pool's order: values.npy and lengths.npy."""
    lengths, dtype = np.zeros(size, dtype=np.int64), np.dtype(np.float32)
    for positions, own, values in _parts(shards, number):
        lengths[positions] = own
        dtype = values.dtype
    np.save(folder / "lengths.npy", lengths)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    whole = np.lib.format.open_memmap(
        folder / "values.npy", mode="w+", dtype=dtype, shape=(int(lengths.sum()),)
    )
    for positions, own, values in _parts(shards, number):
        begin = 0
        for position, length in zip(positions, own, strict=True):
            whole[starts[position] : starts[position] + length] = values[begin : begin + length]
            begin += length
    whole.flush()


def _parts(folder: Path, number: int) -> Iterator[tuple[NDArray[Any], ...]]:
    for place in sorted(folder.glob("*.npz")):
        with np.load(place) as kept:
            yield kept["positions"], kept[f"lengths{number}"], kept[f"values{number}"]


def read_quantity(folder: Path, quantity: Quantity) -> NDArray[Any] | Ragged:
    """Return what a forward left, memory-mapped: a Ragged, or an array (N, width)."""
    values = np.load(folder / "values.npy", mmap_mode="r")
    lengths = np.load(folder / "lengths.npy")
    return Ragged(values, lengths) if quantity.ragged else values.reshape(len(lengths), -1)
