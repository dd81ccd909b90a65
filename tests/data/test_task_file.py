import pytest

from igds_bench.core.aggregation import Mean
from igds_bench.data.splits import load_task_data
from igds_bench.data.task_file import task_from_yaml
from igds_bench.errors import ConfigError, DataError
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries

YAML = """\
name: mine
prompt: "{q} \\n Solution:"
response: "{a}"
metrics: [exact_match]
splits: {train: train.jsonl, test: test.jsonl}
carve: {from: train, prior: 3, dev: 4, tune: 2, probe: 2}
"""


def folder_with(tmp_path, text):
    for name, numbers in (("train", range(30)), ("test", range(40, 45))):
        lines = [f'{{"q": "q{n}", "a": "{n}"}}' for n in numbers]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    (tmp_path / "task.yaml").write_text(text)
    return tmp_path / "task.yaml"


BENCHMARK = YAML.replace("metrics: [exact_match]\n", "").replace(", test: test.jsonl", "")


def test_a_benchmark_stands_in_place_of_a_test_split(tmp_path):
    path = folder_with(tmp_path, BENCHMARK + "benchmark: own.yaml\n")
    task = task_from_yaml(path)
    assert task.benchmark.task == str(tmp_path / "own.yaml")
    assert task.metric.name == "rougeL"
    path.write_text(BENCHMARK + "benchmark: {task: ifeval, metric: all}\n")
    assert task_from_yaml(path).primary_metric == "ifeval/all"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BENCHMARK, "`metrics` is required: name one or more, or a `benchmark`"),
        (YAML + "benchmark: ifeval\n", "give a `test` split or a `benchmark`, not both"),
        (BENCHMARK + "benchmark: {name: ifeval}\n", "unknown key `benchmark.name`"),
    ],
)
def test_a_task_is_measured_in_one_way(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        task_from_yaml(folder_with(tmp_path, text))


def test_a_task_file_defines_a_task(tmp_path):
    data = load_task_data(task_from_yaml(folder_with(tmp_path, YAML)))
    assert [len(data.pool), len(data.target.prior), len(data.target.dev), len(data.test)] == [
        19,
        3,
        4,
        5,
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "metrics: [exact_match]",
            "metric: exact_match",
            r"task\.yaml:4: unknown key `metric`. Did you mean 'metrics'",
        ),
        ("[exact_match]", "[exact_mach]", "Did you mean 'exact_match'"),
        (
            "metrics:",
            "answer: '('\nmetrics:",
            r"task\.yaml:4: `answer`: '\(' is no regular expression: missing \)",
        ),
        (
            "metrics:",
            "language: Chinese\nmetrics:",
            r"task\.yaml:4: `language`: 'Chinese' is no language code",
        ),
        (
            "metrics:",
            "references: ['{a}']\nmetrics:",
            r"task\.yaml:4: `references`: give names of fields, without braces",
        ),
        ("train: train.jsonl, ", "", "`splits` lacks train"),
        ("prior: 3", "prior: 0", r"task\.yaml:6: `carve\.prior`"),
        ("mine", "org/mine", r"task\.yaml:1: `name`: task 'org/mine' .*'org-mine' would do"),
        ("mine", '"../../../evil t/1"', "'evil-t-1' would do"),
        ("mine", '""', "'my-task' would do"),
        ("test: test.jsonl", "test: test.jsonl, a/b: x.jsonl", "split 'a/b' .*'a-b' would do"),
    ],
)
def test_a_wrong_task_file_is_refused_with_the_line(tmp_path, old, new, message):
    with pytest.raises(ConfigError, match=message):
        task_from_yaml(folder_with(tmp_path, YAML.replace(old, new)))


def test_a_task_files_missing_data_is_named(tmp_path):
    task_spec = task_from_yaml(folder_with(tmp_path, YAML.replace("test.jsonl", "tset.jsonl")))
    with pytest.raises(DataError, match=r"split 'test'.*Did you mean 'test\.jsonl'"):
        load_task_data(task_spec)


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


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("", ["tok:13a", "stemmer:yes"]),
        ("language: en", ["tok:13a", "stemmer:yes"]),
        ("language: de", ["tok:13a", "tokenizer:unicode"]),
        ("language: zh-CN", ["tok:zh", "tokenizer:unicode"]),
    ],
)
def test_a_tasks_language_chooses_tokenizers_and_options_win(language, said, tmp_path):
    text = YAML.replace("[exact_match]", "[bleu, rougeL]") + language
    found = task_from_yaml(folder_with(tmp_path, text)).metrics
    assert all(part in metric.signature for part, metric in zip(said, found, strict=True))
    text = text.replace("[bleu,", "[{name: bleu, options: {tokenize: char}},")
    assert "tok:char" in task_from_yaml(folder_with(tmp_path, text)).metrics[0].signature


@pytest.mark.parametrize(("given", "fields"), [("b", ("b",)), ("[b, c]", ("b", "c"))])
def test_references_are_fields_of_rows(given, fields, tmp_path):
    text = YAML + f"references: {given}\ngroup_references: true\n"
    task = task_from_yaml(folder_with(tmp_path, text))
    assert (task.references, task.group_references) == (fields, True)


def test_only_what_is_measured_on_is_grouped(tmp_path):
    path = folder_with(tmp_path, YAML + "group_references: true\n")
    rows = [f'{{"q": "q{n // 2}", "a": "{n}"}}' for n in range(100, 110)]
    (tmp_path / "test.jsonl").write_text("\n".join(rows))
    data = load_task_data(task_from_yaml(path))
    assert [len(example.references) for example in data.test] == [2] * 5
    assert len(data.pool) == 19
