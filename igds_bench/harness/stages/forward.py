"""The stages that read shared quantities: one forward serves all that the plan asks of it.

Each quantity is kept under a key of its own, so what else is in the grid decides how often the
pool is forwarded and never what is read. Examples are read in shards that are kept until all are
there, so an interrupted forward goes on.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from igds_bench.core.atomic import replacing
from igds_bench.core.data import Pool
from igds_bench.core.quantities import ActiveFeatures, Embeddings, Quantity, Ragged
from igds_bench.core.seeding import content_key
from igds_bench.harness.lend.memory import PeakMemory
from igds_bench.harness.plan.graph import Stage, key_of

if TYPE_CHECKING:
    from igds_bench.harness.run.execute import Execution
    from igds_bench.modeling.forward import Reader, Spent

Meta = dict[str, Any]
SHARD = 4096
"""Examples whose results are kept together until a forward has ended."""


def forward(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Compute a quantity, and with it every other missing one that the same forward gives."""
    together = [stage, *_missing_siblings(stage, run)]
    keys = [key_of(s, run.store) for s in together]
    shards = run.store.root / "shards" / content_key("forward", 2, sorted(map(str, keys)))
    with PeakMemory(run.bench.models[stage.at.model].device) as memory:
        spent = _run_shards(together, run, shards)
    count = sum(1 for _ in shards.glob("*.npz"))
    for place, member in enumerate(together):
        facts = {
            "label": member.label,
            "shared": len(together) > 1,
            "peak_memory_bytes": memory.peak,
            **asdict(spent[place]),
        }
        if place == 0:
            _assemble(shards, count, place, len(_pool(member, run)), folder)
            own = facts
            continue

        def write(into: Path, place: int = place, facts: Meta = facts, at: Stage = member) -> Meta:
            _assemble(shards, count, place, len(_pool(at, run)), into)
            return facts

        run.store.commit("forward", str(keys[place]), write)
        run.computed.add(member.label)
    shutil.rmtree(shards, ignore_errors=True)
    return own


def _missing_siblings(stage: Stage, run: Execution) -> list[Stage]:
    """Return the other quantities that the same forward gives and that are not there."""
    return [
        other
        for other in run.plan.stages.values()
        if other is not stage
        and other.kind == "forward"
        and other.params["forward"] == stage.params["forward"]
        and other.at.model == stage.at.model
        and run.store.meta("forward", str(key_of(other, run.store))) is None
    ]


def _pool(stage: Stage, run: Execution) -> Pool:
    data = run.bench.tasks[stage.at.task].data
    return data.pool if stage.quantity and stage.quantity.over == "pool" else data.target.samples


def _run_shards(together: Sequence[Stage], run: Execution, folder: Path) -> list[Spent]:
    """Read every shard that is not there; return what each quantity would have cost alone."""
    from igds_bench.modeling.forward import ExampleForward, Spent

    first = together[0].quantity
    assert first is not None
    pool, lm = _pool(together[0], run), run.bench.language_model(together[0].at.model, first.model)
    readers = [_reader(stage, run) for stage in together]
    folder.mkdir(parents=True, exist_ok=True)
    total = np.zeros((len(together), len(fields(Spent))))
    ids = pool.ids
    for number, positions in enumerate(_runs(ids)):
        place = folder / f"{number:06d}.npz"
        if not place.exists():
            task = ExampleForward(lm, first.view, readers)
            examples = list(pool.take(ids[position] for position in positions))
            found = task.run(examples, run.progress.track)
            _keep(place, positions, found, readers, task.spent)
        with np.load(place) as kept:
            total += kept["spent"]
    return [Spent(s, f, int(n), int(tokens), *rest) for s, f, n, tokens, *rest in total.tolist()]


def _runs(ids: Sequence[str]) -> Iterator[list[int]]:
    """Yield positions of examples in runs of ``SHARD``, in the order of their ids."""
    order = sorted(range(len(ids)), key=lambda position: ids[position])
    for start in range(0, len(order), SHARD):
        yield order[start : start + SHARD]


def _reader(stage: Stage, run: Execution) -> Reader:
    from igds_bench.features.saes.active import ActiveFeatureReader
    from igds_bench.modeling.forward import EmbeddingReader, LossReader

    quantity = stage.quantity
    if isinstance(quantity, ActiveFeatures):
        suite = run.bench.suite(stage.at.model, stage.at.saes or "").suite
        entry = run.bench.models[stage.at.model]
        layer, threshold = quantity.layer, quantity.threshold
        return ActiveFeatureReader(suite, layer, threshold, entry.tokenizer, entry.device)
    return EmbeddingReader() if isinstance(quantity, Embeddings) else LossReader()


def _keep(
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


def _shards(folder: Path, count: int, number: int) -> Iterable[tuple[NDArray[Any], ...]]:
    for shard in range(count):
        with np.load(folder / f"{shard:06d}.npz") as kept:
            yield kept["positions"], kept[f"lengths{number}"], kept[f"values{number}"]


def _assemble(shards: Path, count: int, number: int, size: int, folder: Path) -> None:
    """Put the shards of one quantity together in the pool's order: values.npy and lengths.npy."""
    lengths = np.zeros(size, dtype=np.int64)
    for positions, own, values in _shards(shards, count, number):
        lengths[positions] = own
        dtype = values.dtype
    np.save(folder / "lengths.npy", lengths)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    whole = np.lib.format.open_memmap(
        folder / "values.npy", mode="w+", dtype=dtype, shape=(int(lengths.sum()),)
    )
    for positions, own, values in _shards(shards, count, number):
        begin = 0
        for position, length in zip(positions, own, strict=True):
            whole[starts[position] : starts[position] + length] = values[begin : begin + length]
            begin += length
    whole.flush()


def read_quantity(folder: Path, quantity: Quantity) -> NDArray[Any] | Ragged:
    """Return what a forward left, memory-mapped: an array (N, d) of embeddings, else a Ragged."""
    values = np.load(folder / "values.npy", mmap_mode="r")
    lengths = np.load(folder / "lengths.npy")
    if isinstance(quantity, Embeddings):
        return values.reshape(len(lengths), -1)
    return Ragged(values, lengths)
