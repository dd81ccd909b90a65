"""Metrics by name, and what they need to be computed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from igds_bench.core.specs import MetricSpec
from igds_bench.errors import ConfigError, nearest
from igds_bench.metrics.corpus import bleu, chrf
from igds_bench.metrics.means import exact_match, rouge

METRICS: dict[str, Callable[..., MetricSpec]] = {
    "exact_match": exact_match,
    "rouge1": lambda: rouge("rouge1"),
    "rouge2": lambda: rouge("rouge2"),
    "rougeL": lambda: rouge("rougeL"),
    "bleu": bleu,
    "chrf": chrf,
}
"""Metrics that a task file can name."""


def metric_by_name(name: str, **options: Any) -> MetricSpec:
    """Return a metric by its name.

    Raises:
        ConfigError: there is no such metric, or it has no such option.
    """
    if name not in METRICS:
        raise ConfigError(
            f"no metric is called '{name}'.{nearest(name, METRICS)} "
            f"There are: {', '.join(METRICS)}; others come with a task of a plugin."
        )
    try:
        return METRICS[name](**options)
    except TypeError as error:
        raise ConfigError(f"metric '{name}': {error}") from None


def check_requirements(metric: MetricSpec) -> list[str]:
    """Return one sentence per package that a metric needs and that is not installed."""
    return [
        f"metric '{metric.name}' needs the package '{package}': "
        f"pip install {package.replace('_', '-')}"
        for package in metric.requires
        if find_spec(package) is None
    ]
