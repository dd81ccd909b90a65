import pytest

from igds_bench.core.aggregation import Function, Mean, Ratio, Total
from igds_bench.core.specs import MetricSpec, TaskSpec
from igds_bench.errors import PluginError
from igds_bench.plugin.spec_checks import check_metric, check_task

RATIO = Ratio()


def metric(name="mine", columns=("x", "y"), how=RATIO):
    return MetricSpec(name, columns, None, how)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (metric(""), "a name can't be empty"),
        (metric("org/mine"), "hold a '/'"),
        (metric("response_loss"), "which every task has anyway"),
        (metric(columns=()), "a tuple of one or more names"),
        (metric(columns="xy"), "a tuple of one or more names"),
        (metric(columns=("x", "x")), "`columns` must differ, and are x, x"),
        (metric(how=None), "must be a Mean, a Ratio, a Total, or a function"),
        (metric(how=Function("mine")), "must be a Mean, a Ratio, a Total, or a function"),
        (metric(how=Ratio(0, 2)), "reads the column at 2, and the last of x, y is at 1"),
        (metric(columns=("x",), how=Mean()), "reads the column at 1, and the last of x is at 0"),
        (metric(how=Total(5)), "reads the column at 5"),
    ],
)
def test_a_metric_that_can_not_be_stored_or_put_together_is_refused(spec, said):
    with pytest.raises(PluginError, match=said):
        check_metric(spec)


@pytest.mark.parametrize("how", [Mean(), Ratio(1, 0), Total(1), lambda sums: sums[..., 0]])
def test_a_sound_metric_passes(how):
    check_metric(metric(how=how))


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ((), "task 't' has no metric"),
        ((metric(), metric()), "task 't' has two metrics 'mine'"),
        ((metric(), metric("a/b")), "metric 'a/b'"),
    ],
)
def test_a_task_has_metrics_that_can_be_told_apart(metrics, said):
    with pytest.raises(PluginError, match=said):
        check_task(TaskSpec("t", "{q}", "{a}", lambda split: [], metrics))
