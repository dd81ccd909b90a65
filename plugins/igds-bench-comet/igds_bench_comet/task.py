"""Add COMET to a task, with the check that it can run before anything does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from igds_bench.core.specs import MetricSpec, TaskSpec
from igds_bench.errors import PlanError
from igds_bench_comet.environment import problems

TINY_SOURCE = (
    r"^(?:Translate to German: |How do you say in German: )?"
    r"(.+?)(?: Translate this sentence to German\.)? \n Translation:$"
)
"""Group 1 is the English sentence of a prompt of ``tiny-translation``'s test split."""


def with_comet(task: TaskSpec, metric: MetricSpec, *, primary: bool = False) -> TaskSpec:
    """Return the task with COMET as a further metric, checked when the test rows are asked for.

    Rows are read while a grid is planned, so that a missing environment is said there, and not
    after the first fine-tuning.

    Args:
        task: any task whose prompts hold the source text.
        metric: what ``comet_metric`` returned.
        primary: put it first, for verdicts and interventions.
    """

    def rows(split: str) -> Iterable[Mapping[str, Any]]:
        missing = problems(metric.name) if split == "test" else []
        if missing:
            raise PlanError(missing)
        return task.rows(split)

    metrics = (metric, *task.metrics) if primary else (*task.metrics, metric)
    return replace(task, rows=rows, metrics=metrics)
