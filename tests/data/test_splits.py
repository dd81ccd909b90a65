import random

import pytest

from igds_bench.core.specs import TaskSpec
from igds_bench.data.examples import template_fields, to_examples
from igds_bench.data.splits import carve, load_task_data
from igds_bench.data.task_file import task_from_yaml
from igds_bench.errors import ConfigError, DataError
from igds_bench.metrics import exact_match

NUMBERS = {"pool": range(40), "prior": range(50, 55), "dev": range(60, 65), "tune": range(70, 72)}
NUMBERS |= {"probe": range(80, 83), "test": range(90, 95)}


def task(**changes):
    splits = {
        name: [{"q": f"q{n}", "a": str(n)} for n in numbers] for name, numbers in NUMBERS.items()
    }
    splits |= changes
    return TaskSpec("t", "{q} \n Solution:", "{a}", lambda split: splits[split], (exact_match(),))


def test_splits_are_read_and_disjoint():
    data = load_task_data(task())
    assert (len(data.pool), len(data.target.dev), len(data.test)) == (40, 5, 5)
    assert data.pool[0].prompt == "q0 \n Solution:"
    assert data.notes() == []


def test_test_prompts_in_the_pool_are_counted_and_named():
    rows = [{"q": "q1", "a": "1"}, {"q": "q92", "a": "other"}, {"q": "q93", "a": "93"}]
    with pytest.raises(
        DataError, match=r"2 pool rows have a prompt of the test split \(row 2, 3\)"
    ):
        load_task_data(task(pool=rows))
    data = load_task_data(task(pool=rows), drop_overlap=True)
    assert len(data.pool) == 1
    assert data.notes() == ["2 pool rows are left out: their prompt is in the test split."]


def test_target_prompts_in_the_pool_are_left_out_and_said():
    data = load_task_data(task(pool=[{"q": "q1", "a": "1"}, {"q": "q51", "a": "x"}]))
    assert len(data.pool) == 1
    assert "target or probe" in data.notes()[0]


def test_a_target_split_that_overlaps_the_test_is_refused():
    with pytest.raises(DataError, match="1 prompts of split 'dev' are in the test split"):
        load_task_data(task(dev=[{"q": "q90", "a": "90"}]))


def test_duplicates_are_counted_and_go_on_request():
    rows = [{"q": "q1", "a": "1"}] * 3
    assert "2 pool rows repeat" in load_task_data(task(pool=rows)).notes()[0]
    assert len(load_task_data(task(pool=rows), dedup=True).pool) == 1


@pytest.mark.parametrize("changes", [{"pool": []}, {"test": []}])
def test_an_empty_split_is_refused(changes):
    with pytest.raises(DataError, match="is empty"):
        load_task_data(task(**changes))


def test_missing_fields_are_counted_with_the_first_rows():
    rows = [{"q": "x", "a": "1"}, {"q": "", "a": "1"}, {"question": "x", "a": "1"}]
    with pytest.raises(DataError, match=r"2 of 3 rows lack `q`.*first in row 2, 3"):
        to_examples(rows, task(), "pool.jsonl")


def test_raw_prompt_and_response_are_taken_as_they_are():
    (example,) = to_examples([{"prompt": "P{x}", "response": "R", "source": "s"}], task(), "p")
    assert (example.prompt, example.response, example.source) == ("P{x}", "R", "s")


def test_braces_in_data_are_text():
    (example,) = to_examples([{"q": "{a} {0} {{", "a": "}"}], task(), "p")
    assert example.prompt == "{a} {0} {{ \n Solution:"
    assert template_fields(r"{q} \boxed{{}} {q}{a}") == ("q", "a")


def test_carving_depends_on_content_and_not_on_order():
    rows = [{"q": f"q{n}"} for n in range(60)]
    shuffled = random.Random(1).sample(rows, 60)
    sizes = {"prior": 5, "dev": 7}
    first, second = carve(rows, sizes), carve(shuffled, sizes)
    for name in ("prior", "dev", "pool"):
        assert {row["q"] for row in first[name]} == {row["q"] for row in second[name]}
    assert [len(part) for part in first.values()] == [5, 7, 48]
    with pytest.raises(DataError, match="can't be carved"):
        carve(rows, {"prior": 60})


def test_more_target_samples_split_by_hash():
    data = load_task_data(task())
    samples = to_examples([{"q": f"z{n}", "a": "1"} for n in range(9)], task(), "targets")
    target = data.with_target(samples).target
    assert (len(target.prior), len(target.dev)) == (4, 5)


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
