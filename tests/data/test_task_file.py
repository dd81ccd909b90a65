import pytest

from igds_bench.core.aggregation import Mean
from igds_bench.data.task_file import task_from_yaml
from igds_bench.errors import ConfigError
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries

TASK = """
name: mine
prompt: "{q}"
response: "{a}"
metrics: METRICS
answer: "(9)"
splits: {train: a.jsonl, test: b.jsonl}
carve: {from: train}
"""
PLUGIN = """
from igds_bench.core.aggregation import Mean
from igds_bench.core.specs import MetricFactory, MetricSpec
from igds_bench.plugin import hookimpl

def long(least=3, name="long"):
    return MetricSpec(name, ("x", "rows"), None, Mean(), signature=f"long|{least}")

@hookimpl
def igds_register_metrics():
    return [MetricFactory("long", long)]
"""


@pytest.fixture
def offered(tmp_path):
    (tmp_path / "plug.py").write_text(PLUGIN)
    return build_registries(create_plugin_manager(autoload=False, extra=[tmp_path / "plug.py"]))


def read(tmp_path, metrics, registries=None):
    path = tmp_path / "task.yaml"
    path.write_text(TASK.replace("METRICS", metrics))
    return task_from_yaml(path, registries)


def test_a_task_file_names_a_plugins_metric_with_its_options(tmp_path, offered):
    task = read(tmp_path, "[{name: long, options: {least: 7}}, exact_match]", offered)
    assert [metric.name for metric in task.metrics] == ["long", "exact_match"]
    assert task.metric.signature == "long|7"
    assert isinstance(task.metric.aggregation, Mean)
    assert task.metric.origin.options == {"least": 7}
    assert task.metrics[1].origin.options == {"answer": "(9)"}


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ("[lng]", r"task\.yaml:5: no metric is called 'lng'. Did you mean 'long'"),
        ("[{name: long, options: {lest: 7}}]", r"task\.yaml:5: .*Did you mean 'least'"),
        ("[long, {name: long, options: {least: 7}}]", "two metrics are called 'long'"),
        ("[long, {name: long, options: {name: a/b}}]", r"task\.yaml:5: .*hold a '/'"),
    ],
)
def test_a_metric_that_can_not_be_is_named_with_its_line(tmp_path, metrics, said, offered):
    with pytest.raises(ConfigError, match=said):
        read(tmp_path, metrics, offered)


def test_without_registries_the_metrics_of_this_package_are_known(tmp_path):
    assert read(tmp_path, "[bleu, rougeL]").metric.name == "bleu"
    with pytest.raises(ConfigError, match="others come with a plugin"):
        read(tmp_path, "[long]")
