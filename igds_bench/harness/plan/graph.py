"""The graph of stages: every piece of a grid's work as a node, and what it takes of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from igds_bench.core.grid import Cell
from igds_bench.core.quantities import Quantity
from igds_bench.core.selection import Budget
from igds_bench.harness.plan.kinds import StageKind

ANY = ("*",)
"""Stands for every kind of stage in ``Stage.spared``."""


@dataclass(frozen=True)
class At:
    """Where in the grid a stage stands; None where a coordinate doesn't apply."""

    model: str | None
    task: str
    saes: str | None = None
    selector: str | None = None
    """Label of the contender, or name of the reference."""
    budget: Budget | None = None
    selection_seed: int | None = None
    training_seed: int | None = None

    @property
    def parts(self) -> list[str]:
        """The coordinates that apply, as texts."""
        budget = self.budget.label if self.budget else None
        seeds = (("s", self.selection_seed), ("t", self.training_seed))
        numbers = [f"{letter}{seed}" for letter, seed in seeds if seed is not None]
        parts = [self.task, self.model, self.selector, self.saes, budget, *numbers]
        return [part for part in parts if part is not None]

    @property
    def name(self) -> str:
        """The coordinates as one text, for labels; nothing is ever read back from it."""
        return "/".join(self.parts)


@dataclass(frozen=True, eq=False)
class Stage:
    """One step that is computed once, whatever the number of cells that share it."""

    does: StageKind
    label: str
    """Readable and unique in a plan."""
    at: At
    params: Mapping[str, Any]
    """All that determines the output, besides the inputs."""
    inputs: tuple[Stage, ...] = ()
    """What must be there before it can run."""
    unkeyed: frozenset[str] = frozenset()
    """Labels of inputs that don't enter its key: other inputs determine what they give."""
    spared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By an input's label, kinds of stage whose failure this one does without, or ``ANY``."""
    group: str = ""
    """Stages of one group are outputs of one piece of work; empty where it is alone."""
    quantity: Quantity | None = None
    """For ``forward``: what is read; its fields are in ``params``."""
    limit: int = 0
    """For ``rank``: how many ids are needed. Not in the key: longer supersedes shorter."""
    planned: PlannedCell | None = None
    """For ``record``: the cell."""

    @property
    def kind(self) -> str:
        """Name of its kind."""
        return self.does.name

    def of_kind(self, *names: str) -> tuple[Stage, ...]:
        """Return the inputs of some kinds."""
        return tuple(given for given in self.inputs if given.kind in names)


@dataclass(frozen=True)
class Measured:
    """Features of one suite, measured in a cell's model and in the base."""

    stage: Stage
    base: Stage
    """The same measure of the base; the stage itself where the cell is the base."""


@dataclass(frozen=True)
class PlannedCell:
    """A cell and the stages that its record is made of."""

    cell: Cell
    evaluate: Stage
    amplify: tuple[Measured, ...] = ()
    controls: tuple[Measured, ...] = ()
    """Measures of another task's features; a failure there leaves the record without them."""
    finetune: Stage | None = None
    cut: Stage | None = None
    rank: Stage | None = None
    measures: tuple[Stage, ...] = ()
    """What kinds of stage with a ``measure`` of their own add."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The cell's own stages, in the order they run."""
        own = (self.rank, self.cut, self.finetune, self.evaluate)
        measured = [found.stage for found in self.amplify]
        return tuple(s for s in (*own, *measured, *self.measures) if s is not None)


@dataclass
class Plan:
    """All stages of a grid, in an order that respects their inputs."""

    stages: dict[str, Stage] = field(default_factory=dict)
    """By label."""

    def add(self, stage: Stage) -> Stage:
        """Return the stage of this label, adding it where there is none."""
        return self.stages.setdefault(stage.label, stage)

    def of_kind(self, name: str) -> list[Stage]:
        """Return the stages of a kind."""
        return [stage for stage in self.stages.values() if stage.kind == name]

    @property
    def records(self) -> list[Stage]:
        """The stages that end in a cell's record."""
        return self.of_kind("record")

    @property
    def cells(self) -> list[PlannedCell]:
        """The cells, references first, by model and task."""
        return [stage.planned for stage in self.records if stage.planned is not None]

    @property
    def ends(self) -> list[Stage]:
        """The stages that nothing else needs: records, then what is published beside them."""
        needed = {given.label for stage in self.stages.values() for given in stage.inputs}
        found = [stage for stage in self.stages.values() if stage.label not in needed]
        return sorted(found, key=lambda stage: stage.kind != "record")

    @cached_property
    def users(self) -> dict[str, list[Stage]]:
        """Return by label the stages that take a stage as input."""
        found: dict[str, list[Stage]] = {label: [] for label in self.stages}
        for stage in self.stages.values():
            for given in stage.inputs:
                found[given.label].append(stage)
        return found

    def is_first_of(self, record: Stage, stage: Stage) -> bool:
        """Return whether no cell before a record's hangs on the work that gives a stage."""
        return self._first_records.get(stage.group or stage.label) == record.label

    @cached_property
    def _first_records(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for record in self.records:
            for stage in behind([record]):
                found.setdefault(stage.group or stage.label, record.label)
        return found

    def group_of(self, stage: Stage) -> list[Stage]:
        """Return all outputs of the piece of work that a stage is an output of."""
        if not stage.group:
            return [stage]
        return self._groups[stage.group]

    @cached_property
    def _groups(self) -> dict[str, list[Stage]]:
        found: dict[str, list[Stage]] = {}
        for stage in self.stages.values():
            if stage.group:
                found.setdefault(stage.group, []).append(stage)
        return found

    def narrowed(self, ends: Iterable[Stage]) -> Plan:
        """Return the plan of some stages and all that they hang on."""
        return Plan({stage.label: stage for stage in behind(ends)})


def behind(stages: Iterable[Stage]) -> list[Stage]:
    """Return stages and all that they hang on, inputs first, each once."""
    found: dict[str, Stage] = {}

    def visit(stage: Stage) -> None:
        if stage.label not in found:
            for given in stage.inputs:
                visit(given)
            found[stage.label] = stage

    for stage in stages:
        visit(stage)
    return list(found.values())
