"""Metrics of a task that are mended, and what a check of stored scores says of them."""

import dataclasses

from igds_bench.harness.verify.recompute import recompute
from igds_bench.plugin.registry import Registered, Registry
from igds_bench.report.read.records import read_records
from tests.builders.whole import METRIC


def with_metrics(registries, *metrics, task="sums"):
    """Return registries in which one task has these metrics."""
    spec = dataclasses.replace(registries.tasks.get("tiny-math").spec, name=task, metrics=metrics)
    tasks = Registry("task", [Registered(spec, "mine", "", "")], {})
    return dataclasses.replace(registries, tasks=tasks)


def mended(version=2, signature="mended"):
    """Return a metric that counts every answer that is there as right."""

    def statistics(predictions, references):
        return METRIC.statistics(predictions, predictions)

    return dataclasses.replace(METRIC, statistics=statistics, version=version, signature=signature)


def problems(folder, registries):
    """Return what computing every score again finds."""
    checks = recompute(folder, read_records(folder).ok, registries)
    return [problem for check in checks for problem in check.problems]
