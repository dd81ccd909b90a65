"""Checks of what a plugin registers besides selectors: models, SAE suites, tasks, metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from igds_bench.core.specs import MetricFactory, ModelSpec, SAESpec, TaskSpec
from igds_bench.data.splits import load_task_data
from igds_bench.features.saes.suite import open_suite
from igds_bench.modeling.load import load_model_shape, load_tokenizer
from igds_bench.plugin.registry import Registered
from igds_bench.testing.kit import Outcome
from igds_bench.testing.metrics import check_factory, check_values, needs_options


def check_others(
    models: Iterable[Registered[ModelSpec]],
    saes: Iterable[Registered[SAESpec]],
    tasks: Iterable[Registered[TaskSpec]],
    metrics: Iterable[Registered[MetricFactory]] = (),
) -> list[Outcome]:
    """Return how the checks of models, SAE suites, tasks and metrics ended.

    What lies on the hub is not fetched: a hub id or a release is taken as it is. A metric that
    can't be built without options is left out.
    """
    found: list[Outcome] = []
    for model in models:
        if Path(model.spec.path).is_dir():
            found.append(_outcome(model.spec, "Loads its tokenizer and shape.", _open_model))
    for suite in saes:
        if suite.spec.folder is not None:
            found.append(_outcome(suite.spec, "Opens, and loads its first SAE.", _open_suite))
    for task in tasks:
        if task.spec.benchmark is not None:  # lm-eval's data may lie on the hub
            continue
        found.append(_outcome(task.spec, "Has all its splits, and they are disjoint.", _read_task))
        found.append(_outcome(task.spec, "Has metrics that add up.", _measure))
    for metric in metrics:
        if not needs_options(metric.spec):
            promise = "Adds up, and right answers are best."
            found.append(_outcome(metric.spec, promise, check_factory))
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
    test = load_task_data(spec).test
    prompts = [example.prompt for example in test]
    right = [example.response for example in test]
    for metric in spec.metrics:
        check_values(metric, right, prompts)
