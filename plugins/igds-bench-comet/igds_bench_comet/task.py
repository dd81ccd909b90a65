"""Add COMET to a task."""

from __future__ import annotations

from dataclasses import replace

from igds_bench.core.specs import MetricSpec, TaskSpec

TINY_SOURCE = (
    r"^(?:Translate to German: |How do you say in German: )?"
    r"(.+?)(?: Translate this sentence to German\.)? \n Translation:$"
)
"""Group 1 is the English sentence of a prompt of ``tiny-translation``'s test split."""


def with_comet(task: TaskSpec, metric: MetricSpec, *, primary: bool = False) -> TaskSpec:
    """Return the task with COMET as a further metric.

    Args:
        task: any task whose prompts hold the source text.
        metric: what ``comet_metric`` returned.
        primary: put it first, for verdicts and interventions.
    """
    metrics = (metric, *task.metrics) if primary else (*task.metrics, metric)
    return replace(task, metrics=metrics)
