import textwrap

import pytest

from igds_bench import metrics
from igds_bench.core.aggregation import Function, Mean, Ratio
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import ConfigError, PluginError
from igds_bench.metrics.lookup import find_metric, options_of
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries

PLUGIN = """
import numpy as np
from igds_bench.core.aggregation import Mean, Ratio
from igds_bench.core.specs import MetricFactory, MetricSpec, TaskSpec
from igds_bench.plugin import hookimpl

def lengths(predictions, references):
    return np.array([[len(p), len(r)] for p, r in zip(predictions, references)], dtype=float)

def long(least=3, *, name="long"):
    if least < 0:
        raise ValueError("least is negative")
    return MetricSpec(name, ("x", "y"), lengths, Mean(), signature=f"long|{least}")

def of_task(name, scale=1.0):
    return MetricSpec(name, ("x", "y"), lengths, Ratio(scale=scale))

def task(name, *metrics):
    return TaskSpec(name, "{q}", "{a}", lambda split: [], metrics)

SHARED = of_task("shared")

@hookimpl
def igds_register_metrics():
    return [of_task("length", 100.0), MetricFactory("long", long), MetricFactory("bad", lambda: 1)]

@hookimpl
def igds_register_tasks():
    return [task("one", of_task("own"), SHARED, of_task("torn")), task("two", SHARED, long(name="torn"))]
"""


@pytest.fixture
def plugin(tmp_path):
    path = tmp_path / "plug.py"
    path.write_text(textwrap.dedent(PLUGIN))
    return path


@pytest.fixture
def offered(plugin):
    return build_registries(create_plugin_manager(autoload=False, extra=[plugin]))


def test_unknown_metric_names_the_nearest():
    with pytest.raises(ConfigError, match="Did you mean 'rougeL'"):
        metrics.metric_by_name("rougel")


@pytest.mark.parametrize(
    ("name", "options", "how", "signature"),
    [
        ("length", {}, Ratio(scale=100), ""),
        ("long", {}, Mean(), "long|3"),
        ("long", {"least": 5, "name": "longer"}, Mean(), "long|5"),
        ("own", {}, Ratio(), ""),
        ("shared", {}, Ratio(), ""),
    ],
)
def test_a_metric_of_a_plugin_or_of_its_tasks_is_found(
    name, options, how, signature, offered, plugin
):
    found = find_metric(name, options, offered)
    assert (found.name, found.aggregation) == (options.get("name", name), how)
    assert found.signature == signature
    assert (found.origin.metric, found.origin.options) == (name, options)
    assert found.origin.plugin == str(plugin)


def test_the_metrics_of_this_package_come_through_the_same_hook(offered):
    for name in metrics.METRICS:
        found = find_metric(name, {}, offered)
        assert (found.name, found.version) == (name, 1)
        assert found.origin.plugin.startswith("igds-bench ")
    assert find_metric("bleu", {}, offered).aggregation == Function("bleu")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("lenght", {}, "Did you mean 'length'"),
        ("shard", {}, "Did you mean 'shared'"),
        ("long", {"lest": 1}, r"has no option 'lest'. Did you mean 'least'.*least=3, name='long'"),
        ("length", {"least": 1}, "has no option 'least'. Its options: none"),
        ("own", {"least": 1}, "has no option 'least'"),
        ("long", {"least": -1}, "metric 'long': ValueError: least is negative"),
        ("exact_match", {"answer": "("}, "metric 'exact_match': .*missing"),
        ("torn", {}, "another one in each of the tasks one, two"),
        ("bad", {}, "returned a int, and must return a MetricSpec"),
    ],
)
def test_what_can_not_be_built_says_why(name, options, said, offered):
    with pytest.raises(ConfigError, match=said):
        find_metric(name, options, offered)


def test_a_metric_is_checked_when_it_is_built(offered):
    with pytest.raises(PluginError, match="hold a '/'"):
        find_metric("long", {"name": "a/b"}, offered)


def test_two_plugins_with_one_metric_are_an_error_that_names_both(plugin, tmp_path):
    other = tmp_path / "other.py"
    other.write_text(plugin.read_text().replace('"one"', '"three"').replace('"two"', '"four"'))
    with pytest.raises(PluginError, match=r"metric 'length' is registered twice.*plug\.py.*other"):
        build_registries(create_plugin_manager(autoload=False, extra=[plugin, other]))


def test_what_is_no_metric_is_refused(plugin):
    plugin.write_text(plugin.read_text().replace("return [of_task(", "return ['x', of_task("))
    with pytest.raises(
        PluginError, match="returned a str; it must return MetricSpec or MetricFactory"
    ):
        build_registries(create_plugin_manager(autoload=False, extra=[plugin]))


def test_options_have_their_defaults():
    assert options_of(metrics.exact_match) == {
        "answer": None,
        "name": "exact_match",
        "numbers": "plain",
    }
    assert options_of(metrics.METRICS["rouge2"]) == {
        "tokenizer": "default",
        "references": "max",
        "name": None,
    }


def test_a_missing_package_is_a_problem_and_never_a_score():
    metric = MetricSpec("m", ("x",), None, None, requires=("no_such_package",))
    assert metrics.check_requirements(metric) == [
        "metric 'm' needs the package 'no_such_package': pip install no-such-package"
    ]


def test_a_metric_says_itself_what_else_is_missing():
    metric = MetricSpec("m", ("x",), None, None, problems=lambda: ["metric 'm': no server."])
    assert metrics.check_requirements(metric) == ["metric 'm': no server."]
