"""Metrics by name, as task files ask for them, and what they need to be computed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from igds_bench.core.aggregation import Origin
from igds_bench.core.specs import MetricFactory, MetricSpec
from igds_bench.errors import ConfigError, IgdsError, nearest
from igds_bench.metrics.corpus import bleu, chrf
from igds_bench.metrics.mathematics import math
from igds_bench.metrics.means import exact_match, rouge
from igds_bench.plugin.registry import Registered, Registries
from igds_bench.plugin.spec_checks import check_metric

METRICS: dict[str, Callable[..., MetricSpec]] = {
    "exact_match": exact_match,
    "rouge1": partial(rouge, "rouge1"),
    "rouge2": partial(rouge, "rouge2"),
    "rougeL": partial(rouge, "rougeL"),
    "bleu": bleu,
    "chrf": chrf,
    "math": math,
}
"""The metrics of this package that a task file can name."""


def metric_by_name(name: str, **options: Any) -> MetricSpec:
    """Return a metric of this package by its name.

    Raises:
        ConfigError: there is no such metric, or it has no such option.
    """
    if name not in METRICS:
        raise ConfigError(
            f"no metric is called '{name}'.{nearest(name, METRICS)} "
            f"There are: {', '.join(METRICS)}; others come with a plugin."
        )
    return _built(MetricFactory(name, METRICS[name]), options)


def find_metric(name: str, options: Mapping[str, Any], registries: Registries) -> MetricSpec:
    """Return a metric by its name: one that a plugin registers, or one of a plugin's tasks.

    Its ``origin`` says what it was built from.

    Raises:
        ConfigError: there is no such metric, tasks have different ones of that name, or it has no
            such option.
    """
    known = registries.metrics
    entry = known.get(name) if name in known else _of_tasks(registries, name)
    if entry is None:
        of_tasks = [metric.name for task in registries.tasks for metric in task.spec.metrics]
        raise ConfigError(known.unknown(name, of_tasks))
    metric = _built(entry.spec, options)
    return replace(metric, origin=Origin(name, entry.origin, dict(options)))


def options_of(build: Callable[..., MetricSpec]) -> dict[str, Any]:
    """Return the options of what builds a metric with their defaults; None where it has none."""
    return {
        parameter.name: None if parameter.default is parameter.empty else parameter.default
        for parameter in inspect.signature(build).parameters.values()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }


def check_requirements(metric: MetricSpec) -> list[str]:
    """Return one sentence for each thing that a metric needs and that is not there."""
    missing = [
        f"metric '{metric.name}' needs the package '{package}': "
        f"pip install {package.replace('_', '-')}"
        for package in metric.requires
        if find_spec(package) is None
    ]
    return [*missing, *metric.problems()]


def _built(factory: MetricFactory, options: Mapping[str, Any]) -> MetricSpec:
    """Build a metric, saying what is wrong with its options as the task file's fault."""
    known = options_of(factory.build)
    for option in options:
        if option not in known:
            listed = ", ".join(f"{n}={d!r}" for n, d in known.items()) or "none"
            raise ConfigError(
                f"metric '{factory.name}' has no option '{option}'.{nearest(option, known)} "
                f"Its options: {listed}."
            )
    try:
        metric = factory.build(**options)
    except IgdsError:
        raise
    except Exception as error:
        raise ConfigError(f"metric '{factory.name}': {type(error).__name__}: {error}") from error
    if not isinstance(metric, MetricSpec):
        raise ConfigError(
            f"metric '{factory.name}': `build` returned a {type(metric).__name__}, and must return "
            "a MetricSpec."
        )
    check_metric(metric)
    return metric


def _of_tasks(registries: Registries, name: str) -> Registered[MetricFactory] | None:
    """Return the metric that registered tasks have under a name, as if it were registered.

    Raises:
        ConfigError: they have different ones.
    """
    found: dict[object, Registered[MetricFactory]] = {}
    owners = []
    for task in registries.tasks:
        for metric in (m for m in task.spec.metrics if m.name == name):
            what = metric.columns, metric.version, metric.signature or metric.statistics
            if what not in found:
                owners.append(task.spec.name)
                found[what] = Registered(
                    MetricFactory.of(metric), task.plugin, task.distribution, task.version
                )
    if len(found) > 1:
        raise ConfigError(
            f"metric '{name}' is another one in each of the tasks {', '.join(owners)}: register "
            "the one that you mean by `igds_register_metrics`, under a name of its own."
        )
    return next(iter(found.values()), None)
