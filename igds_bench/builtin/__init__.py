"""The plugin that comes with the project; it uses the public hooks and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from igds_bench.core.specs import MetricFactory, ModelSpec, SAESpec, SelectorSpec, TaskSpec
from igds_bench.plugin import hookimpl


@hookimpl
def igds_register_selectors() -> Iterable[SelectorSpec]:
    """Return the built-in selectors."""
    from igds_bench.builtin.selectors import SELECTORS

    return SELECTORS


@hookimpl
def igds_register_models() -> Iterable[ModelSpec]:
    """Return the embedded model and the paper's models."""
    from igds_bench.builtin.models import MODELS

    return MODELS


@hookimpl
def igds_register_saes() -> Iterable[SAESpec]:
    """Return the embedded suite and those of the paper's models."""
    from igds_bench.builtin.saes import SAES

    return SAES


@hookimpl
def igds_register_tasks() -> Iterable[TaskSpec]:
    """Return the embedded tasks and those on hub data sets."""
    from igds_bench.builtin.tasks import TASKS

    return TASKS


@hookimpl
def igds_register_metrics() -> Iterable[MetricFactory]:
    """Return exact match, ROUGE, BLEU and chrF."""
    from igds_bench.builtin.metrics import METRICS

    return METRICS
