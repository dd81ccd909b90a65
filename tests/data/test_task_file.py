import pytest

from igds_bench.data.splits import load_task_data
from igds_bench.data.task_file import task_from_yaml
from igds_bench.errors import ConfigError, DataError

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
