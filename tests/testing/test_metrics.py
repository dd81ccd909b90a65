"""The kit's checks of metrics catch what makes a metric useless to others."""

import numpy as np
import pytest

from igds_bench.builtin.metrics import METRICS
from igds_bench.core.aggregation import Mean, Ratio, Total
from igds_bench.core.specs import MetricFactory, MetricSpec
from igds_bench.errors import StageError
from igds_bench.plugin.registry import Registered
from igds_bench.testing.metrics import check_factory, needs_options
from igds_bench.testing.registered import check_others


def wrong(predictions, references):
    return np.array([[p != r, 1.0] for p, r in zip(predictions, references, strict=True)], float)


def metric(statistics=wrong, how=Mean, columns=("wrong", "rows"), **changes):
    changes = {"higher_is_better": False, "bounds": (0.0, 1.0), **changes}
    return MetricFactory("mine", lambda: MetricSpec("mine", columns, statistics, how(), **changes))


@pytest.mark.parametrize("factory", METRICS, ids=lambda factory: factory.name)
def test_every_metric_of_this_package_passes(factory):
    if factory.name == "math":
        pytest.importorskip("math_verify", reason="the package math-verify is not installed")
    check_factory(factory)


def test_a_sound_metric_passes():
    check_factory(metric())


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (metric(higher_is_better=True), "declares higher_is_better=True"),
        (metric(how=Total), "gives 4, outside of its bounds 0 to 1"),
        (metric(columns=("a", "b", "c")), r"shape \(4, 2\) for 4 examples and 3 columns"),
        (metric(lambda p, r: wrong(p, r) * len(p), Ratio), "among others"),
        (metric(lambda p, r: wrong(p, r) + np.array([0, 1])), "declared as a mean over examples"),
        (metric(requires=("no_such_package",)), "needs the package 'no_such_package'"),
        (metric(problems=lambda: ["metric 'mine': no server."]), "no server"),
    ],
)
def test_what_a_metric_does_not_keep_is_said(factory, said):
    with pytest.raises((AssertionError, StageError), match=said):
        check_factory(factory)
    (outcome,) = check_others([], [], [], [Registered(factory, "p", "p", "1")])
    assert outcome.problem


def test_a_metric_that_needs_options_is_left_out():
    factory = MetricFactory("mine", lambda pattern: None)
    assert needs_options(factory)
    assert not needs_options(metric())
    assert check_others([], [], [], [Registered(factory, "p", "p", "1")]) == []
