"""Refuse specs that say of themselves what nothing could act on, when they are registered."""

from __future__ import annotations

import dataclasses
from typing import get_args

from igds_bench.core.aggregation import Mean, Ratio, Total
from igds_bench.core.specs import MetricSpec, Need, SelectorSpec, TaskSpec
from igds_bench.errors import PluginError, nearest

MEASURED = "response_loss"
"""The metric that every task has; its statistics are measured with the model."""
METHODS = {"example": "rank", "set": "rank", "filter": "reject", "control": "match"}
"""What a selector of each kind must be able to do."""


def check_selector(spec: SelectorSpec) -> None:
    """Refuse a selector that says of itself what nothing could act on.

    Raises:
        PluginError: its kind or one of its needs doesn't exist, what it is in a comparison
            contradicts itself, or ``build`` is no dataclass with the method of its kind.
    """
    if spec.kind not in METHODS:
        raise PluginError(
            f"selector '{spec.name}': there is no kind '{spec.kind}'.{nearest(spec.kind, METHODS)} "
            f"The kinds are: {', '.join(METHODS)}."
        )
    known = get_args(Need)
    needs = [spec.needs] if isinstance(spec.needs, str) else sorted(spec.needs)
    unknown = [need for need in needs if need not in known]
    if unknown or isinstance(spec.needs, str):
        wrong = unknown[0] if unknown else needs[0]
        raise PluginError(
            f"selector '{spec.name}': `needs` must be a set of {', '.join(known)}, and has "
            f"'{wrong}'.{nearest(wrong, known)}"
        )
    if spec.baseline and (spec.control or spec.kind == "control"):
        raise PluginError(f"selector '{spec.name}': a baseline is no control; take one out.")
    if spec.placebo and not spec.control:
        raise PluginError(f"selector '{spec.name}': a placebo is a control: set `control`, too.")
    method, kind = METHODS[spec.kind], "filter" if spec.kind == "filter" else "selector"
    is_class = isinstance(spec.build, type) and dataclasses.is_dataclass(spec.build)
    if not is_class or not hasattr(spec.build, method):
        raise PluginError(
            f"{kind} '{spec.name}': `build` must be a dataclass (the class, not an object of it) "
            f"with a `{method}` method."
        )


def check_task(spec: TaskSpec) -> None:
    """Refuse a task without metrics, or with one that can't be told apart or aggregated.

    Raises:
        PluginError: says which metric, and what is wrong with it.
    """
    names = [metric.name for metric in spec.metrics]
    if not names:
        raise PluginError(f"task '{spec.name}' has no metric: name one or more in `metrics`.")
    for metric in spec.metrics:
        check_metric(metric)
        if names.count(metric.name) > 1:
            raise PluginError(
                f"task '{spec.name}' has two metrics '{metric.name}', whose columns would be one: "
                "rename one of them."
            )


def check_metric(spec: MetricSpec) -> None:
    """Refuse a metric whose columns can't be stored, or whose aggregation reads others.

    Raises:
        PluginError: its name or its columns can't be, or `from_sums` is none.
    """
    problem = _problem(spec)
    if problem:
        raise PluginError(f"metric '{spec.name}': {problem}.")


def _problem(spec: MetricSpec) -> str:
    """Return what is wrong with a metric, or nothing."""
    if not spec.name or "/" in spec.name or spec.name == MEASURED:
        return f"a name can't be empty, hold a '/', or be '{MEASURED}', which every task has anyway"
    if isinstance(spec.columns, str) or not spec.columns:
        return "`columns` must be a tuple of one or more names"
    if len(set(spec.columns)) < len(spec.columns):
        return f"`columns` must differ, and are {', '.join(spec.columns)}"
    if not callable(spec.from_sums):
        return "`from_sums` must be a Mean, a Ratio, a Total, or a function of the sums"
    last = len(spec.columns) - 1
    if isinstance(spec.from_sums, Mean | Ratio | Total) and max(spec.from_sums.positions) > last:
        return (
            f"`from_sums` reads the column at {max(spec.from_sums.positions)}, and the last of "
            f"{', '.join(spec.columns)} is at {last}"
        )
    return ""
