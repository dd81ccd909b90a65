"""Checks of what a plugin registers besides selectors: models, SAE suites and tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from igds_bench.core.specs import MetricSpec, ModelSpec, SAESpec, TaskSpec
from igds_bench.data.splits import load_task_data
from igds_bench.features.saes.suite import open_suite
from igds_bench.metrics import check_requirements
from igds_bench.modeling.load import load_model_shape, load_tokenizer
from igds_bench.plugin.registry import Registered
from igds_bench.testing.kit import Outcome


def check_others(
    models: Iterable[Registered[ModelSpec]],
    saes: Iterable[Registered[SAESpec]],
    tasks: Iterable[Registered[TaskSpec]],
) -> list[Outcome]:
    """Return how the checks of models, SAE suites and tasks ended.

    What lies on the hub is not fetched: a hub id or a release is taken as it is.
    """
    found: list[Outcome] = []
    for model in models:
        if Path(model.spec.path).is_dir():
            found.append(_outcome(model.spec, "Loads its tokenizer and shape.", _open_model))
    for suite in saes:
        if suite.spec.folder is not None:
            found.append(_outcome(suite.spec, "Opens, and loads its first SAE.", _open_suite))
    for task in tasks:
        found.append(_outcome(task.spec, "Has all its splits, and they are disjoint.", _read_task))
        found.append(_outcome(task.spec, "Has metrics that add up.", _measure))
    return found


def _outcome(spec: Any, promise: str, run: Callable[[Any], object]) -> Outcome:
    try:
        run(spec)
    except Exception as error:
        shown = str(error) if isinstance(error, AssertionError) else f"{error}"
        return Outcome(spec.name, promise, shown or type(error).__name__)
    return Outcome(spec.name, promise)


def _open_model(spec: ModelSpec) -> None:
    for role in ("base", "probe"):
        load_model_shape(spec, role)
        load_tokenizer(spec, role)


def _open_suite(spec: SAESpec) -> None:
    suite = open_suite(spec)
    assert suite.layers, "it has no layer"
    suite.load(suite.layers[0])


def _read_task(spec: TaskSpec) -> None:
    load_task_data(spec)


def _measure(spec: TaskSpec) -> None:
    """Check that a perfect answer is within bounds and no worse than another example's answer."""
    test = load_task_data(spec).test
    prompts = [example.prompt for example in test]
    right = [example.response for example in test]
    wrong = [*right[1:], right[0]]
    for metric in spec.metrics:
        assert not check_requirements(metric), check_requirements(metric)[0]
        best, other = (_value(metric, given, right, prompts) for given in (right, wrong))
        low, high = metric.bounds
        for value in (best, other):
            assert low - 1e-6 <= value <= high + 1e-6, (
                f"metric '{metric.name}' gives {value:g}, outside of its bounds {low:g} to {high:g}"
            )
        better = best >= other if metric.higher_is_better else best <= other
        assert better, (
            f"metric '{metric.name}' gives the references {best:g} and exchanged ones {other:g}, "
            f"and declares higher_is_better={metric.higher_is_better}"
        )


def _value(metric: MetricSpec, given: list[str], right: list[str], prompts: list[str]) -> float:
    sums = metric.measure(given, right, prompts)
    assert sums.shape == (len(given), len(metric.columns)), (
        f"metric '{metric.name}' gives statistics of shape {sums.shape} for {len(given)} examples "
        f"and {len(metric.columns)} columns"
    )
    return float(metric.from_sums(np.asarray(sums).sum(axis=0)))
