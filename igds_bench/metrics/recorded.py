"""The metric behind a recorded score, as far as this package and installed plugins have it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from igds_bench.core.aggregation import Function, Mean
from igds_bench.core.data.reference import recorded_count
from igds_bench.core.record import Score
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import IgdsError, UnknownNameError
from igds_bench.metrics.answers import NUMBERS
from igds_bench.metrics.corpus import RESPONSE_LOSS
from igds_bench.metrics.lookup import METRICS, find_metric
from igds_bench.metrics.means import exact_match
from igds_bench.metrics.sampled import pass_metric, recorded_sampling
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import Registries, build_registries

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

WAYS = {said: numbers for numbers, (_, said) in NUMBERS.items()}
ANSWER = re.compile(rf"exact_match\|answer:(.*)\|last match\|({'|'.join(WAYS)})", re.DOTALL)
"""The signature of ``exact_match``, which holds what it was built with."""
AT_END = re.compile(r"\|nrefs:\w+$")
"""How a signature of this package says that there are several references."""
Offered: TypeAlias = Callable[[], Registries]
"""What plugins offer, loaded when it is first asked for."""


def installed(plugins: Iterable[Path | str] = ()) -> Offered:
    """Return what loads the plugins that are installed, and local ones by their paths."""
    extra = tuple(plugins)

    @cache
    def load() -> Registries:
        return build_registries(create_plugin_manager(extra=extra))

    return load


def own_metric(name: str) -> MetricSpec | None:
    """Return the metric of this package that has a name, built without options."""
    if name == RESPONSE_LOSS.name:
        return RESPONSE_LOSS
    return METRICS[name]() if name in METRICS else None


def task_metrics(task: str, registries: Registries) -> tuple[MetricSpec, ...]:
    """Return what a registered task's answers are tested by; none where no plugin registers it."""
    try:
        return registries.tasks.get(task).spec.tested
    except UnknownNameError:
        return ()


def todays_metrics(name: str, score: Score, task: str, registries: Registries) -> list[MetricSpec]:
    """Return today's definitions of a recorded metric: its task's, and the one it was built from.

    Args:
        name: of the metric.
        score: says what it was built from.
        task: a name; none of its metrics is known where no plugin registers it.
        registries: what is installed.
    """
    found = list(task_metrics(task, registries))
    if score.origin is not None:
        with suppress(IgdsError):  # its plugin is not installed, or has dropped the option
            found.append(find_metric(score.origin.metric, score.origin.options, registries))
    count = recorded_count(score.signature)
    return [metric.for_references(count) for metric in found if metric.name == name]


def metric_behind(
    name: str, score: Score, task: str, registries: Registries
) -> tuple[MetricSpec | None, str]:
    """Return the metric that computes a score, or None and why there is none.

    Args:
        name: of the metric.
        score: gives the version and the signature.
        task: whose metrics count first, where its plugin is installed.
        registries: what is installed.
    """
    if sampled := recorded_sampling(name, score.signature):
        of, signature, k, sampling = sampled
        base, why = metric_behind(
            of, score.model_copy(update={"signature": signature}), task, registries
        )
        return (pass_metric(base, k, sampling) if base is not None else None), why
    candidates = todays_metrics(name, score, task, registries)
    count = recorded_count(score.signature)
    match, own = ANSWER.fullmatch(AT_END.sub("", score.signature)), own_metric(name)
    if match is not None:
        answer = None if match[1] == "whole text" else match[1]
        candidates.append(exact_match(answer, name, WAYS[match[2]]))
    elif own is not None:
        candidates.append(own)
    for metric in (candidate.for_references(count) for candidate in candidates):
        if (metric.version, metric.signature) == (score.version, score.signature):
            return metric, ""
    if not candidates:
        return None, "no plugin that is installed has it: name its plugin with --plugin"
    known = "; ".join(f"version {m.version}, {m.signature}" for m in candidates[:1])
    return None, f"recorded as version {score.version}, {score.signature}; here it is {known}"


def as_recorded(metric: MetricSpec, score: Score) -> MetricSpec:
    """Return a metric as it was aggregated when its record was made.

    Records without a declaration are older: then, a metric of two columns was a mean where the
    second was called ``n``.
    """
    older = score.aggregation is None
    return replace(metric, from_sums=Mean()) if older and metric.columns[1:] == ("n",) else metric


def declared_metric(name: str, score: Score) -> MetricSpec | None:
    """Return what a record alone says of a metric; None where that does not make its value.

    Its statistics can be added up, and not be computed from texts.
    """
    if score.aggregation is None or isinstance(score.aggregation, Function) or not score.columns:
        return None
    low, high = bounds_of(name, score)
    return MetricSpec(
        name,
        tuple(score.columns),
        _unknown,
        score.aggregation,
        bounds=(low, high),
        higher_is_better=score.higher_is_better,
        signature=score.signature,
        version=score.version,
        origin=score.origin,
    )


def bounds_of(name: str, score: Score) -> tuple[float, float]:
    """Return a recorded metric's bounds; those of older records are this package's, if any."""
    if score.bounds is not None:
        low, high = score.bounds
        return (
            float("-inf") if low is None else low,
            float("inf") if high is None else high,
        )
    own = own_metric(name)
    return own.bounds if own is not None else (float("-inf"), float("inf"))


def _unknown(predictions: Sequence[str], references: Sequence[str]) -> FloatArray:
    raise TypeError("only a record says of this metric, which can't be computed from texts.")
