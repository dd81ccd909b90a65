"""COMET as a metric of translation tasks, computed in an environment of its own."""

from __future__ import annotations

from dataclasses import replace

from igds_bench.core.specs import MetricFactory, TaskSpec
from igds_bench.plugin import hookimpl
from igds_bench_comet.metric import comet_metric
from igds_bench_comet.task import TINY_SOURCE, with_comet

__all__ = ["comet_metric", "with_comet"]


@hookimpl
def igds_register_metrics() -> list[MetricFactory]:
    """Return COMET, for task files to name with what is the source of their prompts."""
    return [MetricFactory("comet", comet_metric, "Mean COMET x 100, in an environment of its own.")]


@hookimpl
def igds_register_tasks() -> list[TaskSpec]:
    """Return the embedded translation task with COMET beside its own metrics."""
    from igds_bench.builtin.tasks.tiny import TINY_TASKS

    (task,) = (task for task in TINY_TASKS if task.name == "tiny-translation")
    named = replace(task, name="tiny-translation-comet", summary=f"{task.summary} With COMET.")
    return [with_comet(named, comet_metric(source_of=TINY_SOURCE))]
