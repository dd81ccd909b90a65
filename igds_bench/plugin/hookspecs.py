"""Every hook a plugin can implement. Arguments may be added, never renamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from igds_bench.core.grid import Cell
from igds_bench.core.protocols import Stage
from igds_bench.core.record import RunRecord
from igds_bench.core.specs import (
    MetricFactory,
    MetricSpec,
    ModelSpec,
    SAESpec,
    SelectorSpec,
    TaskSpec,
)
from igds_bench.plugin.markers import hookspec


@hookspec
def igds_register_selectors() -> Iterable[SelectorSpec]:
    """Return the selection methods this plugin adds."""


@hookspec
def igds_register_models() -> Iterable[ModelSpec]:
    """Return the models this plugin adds."""


@hookspec
def igds_register_saes() -> Iterable[SAESpec]:
    """Return the SAE suites this plugin adds."""


@hookspec
def igds_register_tasks() -> Iterable[TaskSpec]:
    """Return the tasks this plugin adds, each with its metrics."""


@hookspec
def igds_register_metrics() -> Iterable[MetricSpec | MetricFactory]:
    """Return the metrics this plugin adds for task files to name, with or without options."""


@hookspec
def igds_stage_started(stage: Stage) -> None:
    """Observe a stage that is about to run (not one that is reused)."""


@hookspec
def igds_stage_finished(
    stage: Stage, seconds: float, cost: Mapping[str, float], error: str
) -> None:
    """Observe a stage that has run: its time, its counted cost, and why it failed or nothing."""


@hookspec
def igds_cell_finished(cell: Cell, record: RunRecord) -> None:
    """Observe a cell whose record has been written, successful or failed."""
