"""Checks of metrics: those of a task on its own test split, registered ones on toy answers."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import numpy as np

from igds_bench.core.specs import MetricFactory, MetricSpec
from igds_bench.metrics import check_requirements
from igds_bench.metrics.scoring import standard_error

ANSWERS = ("The red dog sees 12 kings.", "So it is 7.\n#### 7", "old bread", "No. 3 is red.")
"""References of the toy examples; each one's wrong answer is the next one's right answer."""


def needs_options(factory: MetricFactory) -> bool:
    """Return whether a metric can't be built without options."""
    return any(
        parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(factory.build).parameters.values()
    )


def check_factory(factory: MetricFactory) -> None:
    """Check a metric, as it is without options, on toy answers.

    Raises:
        AssertionError: says what it does not keep.
    """
    check_values(factory.build(), ANSWERS, [f"Question {i}:" for i in range(len(ANSWERS))])


def check_values(metric: MetricSpec, right: Sequence[str], prompts: Sequence[str]) -> None:
    """Check that statistics are of one example each, and that right answers are best.

    Args:
        metric: is given the references, and the references exchanged.
        right: references.
        prompts: of the same examples.

    Raises:
        AssertionError: says what the metric does not keep.
    """
    assert not check_requirements(metric), check_requirements(metric)[0]
    wrong = [*right[1:], right[0]]
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


def _value(
    metric: MetricSpec, given: Sequence[str], right: Sequence[str], prompts: Sequence[str]
) -> float:
    sums = np.asarray(metric.measure(given, right, prompts))
    assert sums.shape == (len(given), len(metric.columns)), (
        f"metric '{metric.name}' gives statistics of shape {sums.shape} for {len(given)} examples "
        f"and {len(metric.columns)} columns"
    )
    alone = np.asarray(metric.measure(given[:1], right[:1], prompts[:1]))
    assert np.allclose(alone[0], sums[0], rtol=1e-4), (
        f"metric '{metric.name}' gives an example {alone[0].tolist()} alone and {sums[0].tolist()} "
        "among others"
    )
    standard_error(metric, sums)
    return float(metric.from_sums(sums.sum(axis=0)))
