"""The graph of stages: what each is, and the content key that says whether it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from igds_bench.core.grid import Cell
from igds_bench.core.quantities import Quantity
from igds_bench.core.seeding import content_key
from igds_bench.core.selection import Budget
from igds_bench.harness.store import Store

VERSIONS = {
    "features": 2,
    "forward": 1,
    "filter": 1,
    "rank": 2,
    "cut": 2,
    "finetune": 1,
    "evaluate": 1,
    "amplify": 2,
    "explain": 1,
}
"""Raise a stage's number by hand when the same inputs would give another output."""


@dataclass(frozen=True)
class At:
    """Where in the grid a stage stands; None where a coordinate doesn't apply."""

    model: str
    task: str
    saes: str | None = None
    selector: str | None = None
    budget: Budget | None = None
    selection_seed: int | None = None
    training_seed: int | None = None


@dataclass(frozen=True, eq=False)
class Stage:
    """One step that is computed once, whatever the number of cells that share it."""

    kind: str
    label: str
    """Readable and unique in a plan."""
    at: At
    params: Mapping[str, Any]
    """All that determines the output, besides the inputs."""
    inputs: tuple[Stage, ...] = ()
    quantity: Quantity | None = None
    """For ``forward``: what is read; its fields are in ``params``."""
    limit: int = 0
    """For ``rank``: how many ids are needed. Not in the key: longer supersedes shorter."""


@dataclass(frozen=True)
class PlannedCell:
    """A cell and the stages that make its record."""

    cell: Cell
    evaluate: Stage
    amplify: tuple[Stage, ...] = ()
    controls: tuple[Stage, ...] = ()
    """Measures of another task's features; a failure there leaves the record without them."""
    finetune: Stage | None = None
    cut: Stage | None = None
    rank: Stage | None = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The cell's own stages, in the order they run."""
        own = (self.rank, self.cut, self.finetune, self.evaluate, *self.amplify)
        return tuple(stage for stage in own if stage is not None)


@dataclass
class Plan:
    """All cells of a grid; ``stages`` is in an order that respects the inputs."""

    cells: list[PlannedCell] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)
    explanations: list[Stage] = field(default_factory=list)
    """Run after the cells; no record waits for them."""

    def add(self, stage: Stage) -> Stage:
        """Return the stage of this label, adding it where there is none."""
        return self.stages.setdefault(stage.label, stage)

    def base_of(self, amplify: Stage) -> Stage:
        """Return the stage that measures the same features in the untuned model."""
        at = amplify.at
        measured = amplify.label.rsplit("/", 1)[1]
        return self.stages[f"amplify/{at.task}/{at.model}/base/{measured}"]


def key_of(stage: Stage, store: Store) -> str | None:
    """Return a stage's content key, or None while it hangs on a ranking that isn't computed yet.

    Training is keyed by the ids that were chosen, not by who chose them, so equal selections
    train once.
    """
    inputs = []
    for given in stage.inputs:
        key = key_of(given, store)
        if key is not None and given.kind == "cut":
            meta = store.meta("cut", key)
            key = meta["fingerprint"] if meta else None
        if key is None:
            return None
        inputs.append(key)
    return content_key(stage.kind, VERSIONS[stage.kind], stage.params, inputs)


def cell_key(planned: PlannedCell, store: Store) -> str | None:
    """Return the content key of a cell's record: of its evaluation and amplifications."""
    stages = (planned.evaluate, *planned.amplify, *planned.controls)
    keys = [key_of(stage, store) for stage in stages]
    return None if None in keys else content_key("cell", planned.cell.id, keys)
