"""The stages that read shared quantities: one forward serves all that the plan asks of it.

Each quantity is kept under a key of its own, so what else is in the grid decides how often the
pool is forwarded and never what is read. Examples are read in shards that are kept until all are
there, so an interrupted forward goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.data import Pool
from igds_bench.core.quantities import (
    ActiveFeatures,
    Embeddings,
    ReadWith,
    TokenLosses,
)
from igds_bench.core.seeding import content_key
from igds_bench.errors import StageError
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.lend.memory import PeakMemory
from igds_bench.harness.outputs.quantities import assemble, keep_shard, shard_places, spent_in
from igds_bench.harness.plan.cost import Cost, forward_cost
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.plan.workbench import Workbench

if TYPE_CHECKING:
    from igds_bench.modeling.forward import Reader, Spent

SHARD = 4096
"""Examples whose results are kept together until a forward has ended."""


def forward(given: Inputs) -> Facts:
    """Compute one quantity."""
    return forward_together([given])[0]


def forward_together(asked: Sequence[Inputs]) -> list[Facts]:
    """Compute the quantities that one forward gives."""
    first = asked[0]
    # In the order asked for, since a shard tells its quantities apart by their place in it.
    keys = [str(first.results.key(given.stage)) for given in asked]
    shards = content_key("forward", 2, keys)  # 2: how a shard is written
    pool = _pool(first)
    with (
        first.unfinished(shards) as folder,
        PeakMemory(first.bench.device_of(first.stage.at.model)) as memory,
    ):
        spent = _run_shards(asked, pool, folder)
        for number, given in enumerate(asked):
            assemble(folder, number, len(pool), given.folder)
    return [
        {"shared": len(asked) > 1, "peak_memory_bytes": memory.peak, **asdict(own)} for own in spent
    ]


def _pool(given: Inputs) -> Pool:
    assert given.stage.quantity is not None
    return given.bench.pool_of(given.stage.at.task, given.stage.quantity)


def _run_shards(asked: Sequence[Inputs], pool: Pool, folder: Path) -> list[Spent]:
    """Read every shard that is not there; return what each quantity would have cost alone."""
    from igds_bench.modeling.forward import ExampleForward

    first, ids = asked[0], pool.ids
    quantity, model = first.stage.quantity, first.stage.at.model
    assert quantity is not None and model is not None
    lm = first.bench.language_model(model, quantity.model)
    readers = [_reader(given) for given in asked]
    for place, positions in shard_places(folder, ids, SHARD):
        if not place.exists():
            task = ExampleForward(lm, quantity.view, readers)
            examples = list(pool.take(ids[position] for position in positions))
            found = task.run(examples, first.progress.track)
            keep_shard(place, positions, found, readers, task.spent)
    return spent_in(folder, len(asked))


def _reader(given: Inputs) -> Reader:
    """Return the reader of a quantity: the quantity's own, or that of a built-in one."""
    quantity, model = given.stage.quantity, given.stage.at.model
    assert quantity is not None and model is not None
    entry, _ = given.bench.entry_for(model, quantity.model)
    saes = given.bench.suite(model, given.stage.at.saes).suite if given.stage.at.saes else None
    lent = ReadWith(entry.tokenizer, entry.device, saes)
    own = quantity.reader(lent)
    if own is not None:
        return own
    build = next((READERS[kind] for kind in type(quantity).__mro__ if kind in READERS), None)
    if build is None:
        raise StageError(f"quantity {quantity.name} has no `reader`.")
    return build(quantity, lent)


def _active(quantity: Any, given: ReadWith) -> Reader:
    from igds_bench.features.saes.active import ActiveFeatureReader

    assert given.saes is not None
    return ActiveFeatureReader(
        given.saes, quantity.layer, quantity.threshold, given.tokenizer, given.device
    )


def _embeddings(quantity: Any, given: ReadWith) -> Reader:
    from igds_bench.modeling.forward import EmbeddingReader

    return EmbeddingReader()


def _losses(quantity: Any, given: ReadWith) -> Reader:
    from igds_bench.modeling.forward import LossReader

    return LossReader()


READERS: dict[type, Callable[[Any, ReadWith], Reader]] = {
    TokenLosses: _losses,
    Embeddings: _embeddings,
    ActiveFeatures: _active,
}


def _cost(stage: Stage, bench: Workbench) -> Cost:
    """Count reading a quantity of every example, as if it were read alone."""
    quantity, model = stage.quantity, stage.at.model
    assert quantity is not None and model is not None
    entry, _ = bench.entry_for(model, quantity.model)
    pool = bench.pool_of(stage.at.task, quantity)
    counts = bench.token_counts(model, stage.at.task, pool).values()
    whole = quantity.view == "prompt+response"
    tokens = sum(c.prompt * whole + c.response for c in counts)
    values = (
        quantity.values_per_token * tokens if quantity.ragged else entry.shape.width * len(pool)
    )
    return forward_cost(entry, tokens, disk_bytes=4 * values)


FORWARD = StageKind(
    name="forward",
    version=1,
    run=forward,
    run_together=forward_together,
    cost=_cost,
    overhead=0.2,
    efficiency=0.6,
    charge="selection",
    outputs=("values.npy", "lengths.npy"),
)
