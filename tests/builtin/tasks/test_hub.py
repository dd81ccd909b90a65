"""Tasks on hub data sets, each from a copy on disk and from a hub cache."""

import json
import os
import re
import subprocess
import sys

import pytest

from igds_bench.builtin.tasks import TASKS
from igds_bench.builtin.tasks.hub import WMT, all_keys
from igds_bench.data.splits import load_task_data
from igds_bench.data.task_file import task_from_mapping
from igds_bench.errors import DataError
from tests.builders.data import hub_sets

SIZES = {"train": 800, "validation": 760, "test": 30}
"""Rows by split: more than the target splits that are carved take."""
TRAIN_OF_PAIRS = 10_500
KEYS = {keys["name"]: keys for keys in all_keys()}
NAMES = ("gsm8k", "math", "dialogsum", "samsum", "xsum", "wmt24-en-zh")
FIVE = dict.fromkeys(SIZES, 5)


def task_named(name):
    """Return a task that has read nothing yet."""
    return task_from_mapping(KEYS[name])


def data_sets(task):
    return list(dict.fromkeys(source.name.partition(":")[0] for source in task.sources))


def sizes_of(name):
    if name == "Helsinki-NLP/news_commentary":
        return SIZES | {"train": TRAIN_OF_PAIRS}
    if name == "knkarthick/dialogsum":
        return SIZES | {"validation": 500}
    return SIZES


@pytest.fixture(autouse=True)
def prepared(tmp_path, monkeypatch):
    """Keep what ``datasets`` prepares beside the test's files."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "prepared")


@pytest.fixture
def copies(tmp_path, monkeypatch):
    """Lay out copies of the data sets of a task, with their cards."""
    monkeypatch.setenv("IGDS_BENCH_DATA", str(tmp_path))

    def lay_out(task):
        for name in data_sets(task):
            (tmp_path / name).mkdir(parents=True)
            hub_sets.write_set(name, tmp_path / name, sizes_of(name))
        return tmp_path

    return lay_out


@pytest.mark.parametrize("name", NAMES)
def test_a_task_is_read_from_copies_of_its_repositories(name, copies):
    task = task_named(name)
    copies(task)
    data = load_task_data(task)
    assert len(data.target.prior) == 100
    assert not {e.prompt for e in data.pool} & {e.prompt for e in data.test}
    assert {s.kind for s in data.facts().sources} == {"copy"}
    assert {split for s in data.facts().sources for split in s.splits} == {
        *("pool", "prior", "dev", "tune", "probe", "test")
    }
    for example in (*data.pool[:3], *data.test[:3], *data.target.dev[:3]):
        assert re.search(r"(Solution|Summarization|Translation):$", example.prompt)
        assert "{" not in example.prompt.replace("boxed{}", "")


def test_mathematics_is_chosen_for_by_gsm8k_and_compared_by_math_verify(copies):
    pytest.importorskip("math_verify")
    task = task_named("math")
    copies(task)
    data = load_task_data(task)
    assert (len(data.pool), len(data.test), len(data.target.dev)) == (800, 30, 256)
    assert data.pool[3].source == "amc_aime"
    for example in (data.test[7], data.target.dev[0]):
        number = re.findall(r"\d+", example.reference)[-1]
        answers = [f"so \\boxed{{{number}}}", f"it is {number}.0", "\\boxed{-1}", ""]
        found = task.metric.measure(answers, [example.reference] * 4, [example.prompt] * 4)
        assert found[:, 0].tolist() == [100, 100, 0, 0]


def test_a_dialogue_has_three_references_as_rows_or_as_columns(copies):
    task = task_named("dialogsum")
    folder = copies(task) / "knkarthick" / "dialogsum"
    by_rows = load_task_data(task).test
    assert len(by_rows) == 10
    assert by_rows[2].references == tuple(f"They talk of 2, told test_2_{k}." for k in (1, 2, 3))

    for file in folder.iterdir():
        file.unlink()
    task = task_named("dialogsum")
    for split, words in {"train": 800, "dev": 500}.items():
        rows = [hub_sets.dialogsum(split, n) for n in range(words)]
        hub_sets.write(rows, folder / f"dialogsum.{split}.jsonl")
    tests = []
    for n in range(10):
        three = [hub_sets.dialogsum("test", 3 * n + k) for k in range(3)]
        told = {f"summary{k}": row["summary"] for k, row in enumerate(three, 1)}
        tests.append({"fname": f"test_{n}", "dialogue": three[0]["dialogue"], **told})
    hub_sets.write(tests, folder / "dialogsum.test.jsonl")
    by_columns = load_task_data(task)
    assert by_columns.test.ids == by_rows.ids
    assert len(by_columns.pool) == 800
    for signature in (m.for_references("3").signature for m in task.metrics):
        assert "nrefs:3" in signature


def test_chinese_is_tokenised_as_such_and_follows_without_a_space(copies):
    task = task_named("wmt24-en-zh")
    copies(task)
    data = load_task_data(task)
    assert (len(data.pool), len(data.target.dev)) == (10_000, 200)
    assert "Line 0." not in {e.metadata["source"] for e in data.test}
    example = data.test[0]
    assert "into Chinese ." in example.prompt and example.continuation == example.response
    assert "tok:zh" in task.metric.signature
    own = task.metric.measure([example.reference], [example.reference], [example.prompt])
    assert task.metric.from_sums(own.sum(axis=0)) == pytest.approx(100)


@pytest.mark.parametrize("code", WMT)
def test_every_pair_names_both_of_its_configs(code):
    task = task_named(f"wmt24-en-{code}")
    pool, test = (source.name for source in task.sources)
    assert re.fullmatch(rf"google/wmt24pp:en-{code}_[A-Z]{{2}}", test)
    assert pool.partition(":")[2] == "-".join(sorted(["en", code]))


@pytest.mark.parametrize("name", NAMES)
def test_a_task_is_read_offline_from_the_cache_at_its_commit(name, tmp_path):
    task = task_named(name)
    commits = {}
    for source in task.sources:
        own = source.name.partition(":")[0]
        commits[own] = source.revision or hub_sets.COMMIT
        folder = hub_sets.snapshot(tmp_path / "hub", "datasets", own, commits[own])
        folder.mkdir(parents=True)
        hub_sets.write_set(own, folder, sizes_of(own))
    code = (
        "import json\nfrom igds_bench.builtin.tasks.hub import HUB_TASKS\n"
        "from igds_bench.data.splits import load_task_data\n"
        f"task = next(t for t in HUB_TASKS if t.name == {name!r})\n"
        "print(json.dumps(load_task_data(task).facts().model_dump()))\n"
    )
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    environment.pop("IGDS_BENCH_DATA", None)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.strip().splitlines()[-1])
    assert {s["name"].partition(":")[0]: s["revision"] for s in facts["sources"]} == commits
    assert all(s["kind"] == "hub" and s["licence"] for s in facts["sources"])


def test_files_without_a_card_are_found_by_config_and_split(tmp_path, monkeypatch):
    monkeypatch.setenv("IGDS_BENCH_DATA", str(tmp_path))
    for split in ("train", "test"):
        rows = [hub_sets.gsm8k(split, n) for n in range(SIZES[split])]
        hub_sets.write(rows, tmp_path / "openai" / "gsm8k" / f"{split}.jsonl")
    facts = load_task_data(task_named("gsm8k")).facts()
    assert (facts.pool, facts.test, facts.sources[0].kind) == (44, 30, "copy")


def test_a_task_that_has_no_data_says_where_to_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DataError, match=r"'openai/gsm8k' at 740312.*a folder openai/gsm8k below"):
        load_task_data(task_named("gsm8k"))


def test_too_few_rows_to_carve_from_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("IGDS_BENCH_DATA", str(tmp_path))
    hub_sets.write_set("knkarthick/samsum", tmp_path / "knkarthick" / "samsum", FIVE)
    with pytest.raises(DataError, match=r"task 'samsum', `carve`: splits of 756 .* from 5"):
        load_task_data(task_named("samsum"))


def test_every_task_says_where_its_rows_are_from_and_under_which_licence():
    for task in TASKS:
        own = {"pool"} if task.benchmark else {"pool", "test"}
        assert {split for s in task.sources for split in s.splits} >= own, task.name
        assert all(source.licence for source in task.sources), task.name


def test_the_page_on_tasks_says_what_every_task_reads(request):
    page = (request.config.rootpath / "docs" / "tasks.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|")]
    for name in KEYS:
        task = task_named(name)
        short = f"`-{name.removeprefix('wmt24-en-')}`"
        row = next(line for line in rows if f"`{name}`" in line or short in line)
        named = [m.name for m in task.tested] or [task.primary_metric]
        assert all(f"`{name}`" in row for name in named)
        for source in task.sources:
            own = source.name if source.name == "openai/gsm8k:main" else source.name.split(":")[0]
            said = next(line for line in rows if f"`{own}`" in line)
            assert source.licence in said
            assert (f"`{source.revision}`" if source.revision else "the newest") in said
