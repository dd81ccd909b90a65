"""Change one thing that determines a result: exactly the stages that hang on it get other keys."""

import json
from dataclasses import dataclass, replace

import pytest

from igds_bench.core.data import Pool
from igds_bench.core.selection import Ranking
from igds_bench.core.settings import FinetuneSettings
from igds_bench.core.specs import SelectorSpec
from igds_bench.data.splits import load_task_data
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.keys import metric_key, rows_key
from igds_bench.harness.plan.resolve import resolve
from igds_bench.harness.plan.results import Results
from igds_bench.harness.stages import KINDS
from igds_bench.harness.store import Store
from igds_bench.metrics import METRICS, exact_match, rouge
from igds_bench.plugin.registry import Registered, Registry
from igds_bench.testing.toys import toy_task
from tests.builders.grids import grid


@dataclass(frozen=True)
class ByField:
    def rank(self, pool, context):
        return Ranking(tuple(sorted(pool.ids)))


READER = SelectorSpec("by-field", ByField, "s", needs=frozenset({"target"}), reads=("n",))


@pytest.fixture
def keys(registries, tmp_path):
    """Return a function that gives the key of every stage whose key is known before it runs."""

    def known(task=None, data=None, registered=registries, selectors=None, **changes):
        spec = task or toy_task()
        entries = [*registered.selectors, Registered(READER, "t", "", "")]
        ours = replace(
            registered,
            tasks=Registry("task", [Registered(spec, "toy", "", "")], {}),
            selectors=Registry("selector", entries, {}),
        )
        wanted = {"n_prior": 24, "m_dev": 8, "null_directions": 2, "delta": "log-likelihood"}
        config = grid(
            tasks=["toy"],
            selectors=selectors or ["random", "by-field", "loss"],
            amplification=wanted,
            **changes,
        )
        bench = resolve(config, ours)
        if data is not None:
            entry = bench.tasks["toy"]
            bench.tasks["toy"] = replace(entry, data=data(entry.data))
        plan, results = make_plan(bench, KINDS), Results(Store(tmp_path))
        return {label: results.key(stage) for label, stage in plan.stages.items()}

    return known


def changed(before, after):
    """Return the kinds of stage whose keys differ, where both are known."""
    assert before.keys() == after.keys()
    return {label.split("/")[0] for label in before if before[label] != after[label]}


def with_metadata(split, **fields):
    def change(data):
        def mark(pool):
            return Pool([replace(e, metadata={**e.metadata, **fields}) for e in pool], pool.name)

        if split == "pool":
            return replace(data, pool=mark(data.pool))
        return replace(
            data, target=replace(data.target, **{split: mark(getattr(data.target, split))})
        )

    return change


def reversed_test(data):
    return replace(data, test=data.test.take(reversed(data.test.ids)))


def test_an_answers_pattern_is_in_the_keys_of_what_it_scores(keys):
    one, other = (
        replace(toy_task(), metrics=(exact_match(pattern),)) for pattern in (r"(\d+)", r"= (\d+)")
    )
    assert changed(keys(one), keys(other)) == {
        "features",
        "explain",
        "evaluate",
        "amplify",
        "record",
    }


@pytest.mark.parametrize("split", ["pool", "prior", "dev"])
def test_a_field_that_a_selector_reads_is_in_its_rankings_key(keys, split):
    assert changed(keys(), keys(data=with_metadata(split, n="other"))) == {"rank", "cut"}
    assert changed(keys(), keys(data=with_metadata(split, unread="other"))) == set()


@pytest.mark.parametrize(
    ("field", "kinds"), [("score", {"rank", "cut"}), ("quality_scores", set())]
)
def test_a_field_that_a_parameter_names_is_in_its_rankings_key(field, kinds, keys):
    selectors = [{"name": "column", "params": {"field": field}}, "loss"]
    before, data = keys(selectors=selectors), with_metadata("pool", score=0.5)
    assert changed(before, keys(selectors=selectors, data=data)) == kinds


@pytest.mark.parametrize(("by", "kinds"), [("_row", {"rank", "cut"}), (None, set())])
def test_the_position_of_a_row_is_in_the_key_where_it_is_read(by, kinds, keys, tmp_path):
    path = tmp_path / "s.jsonl"
    ids = load_task_data(toy_task()).pool.ids
    rows = [{"_row": n, "_id": id_, "score": n} for n, id_ in enumerate(ids)]
    path.write_text("\n".join(map(json.dumps, rows)))

    def moved(data):
        return replace(data, pool=Pool([replace(e, row=e.row + 1) for e in data.pool]))

    given = [{"name": "column", "params": {"file": str(path), "by": by}}]
    assert changed(keys(selectors=given), keys(selectors=given, data=moved)) == kinds


@pytest.mark.parametrize("filtered", [False, True])
def test_a_files_content_is_in_the_key_and_its_place_is_not(keys, tmp_path, filtered):
    paths = [tmp_path / name for name in ("a.jsonl", "b.jsonl", "c.jsonl")]
    for path, last in zip(paths, (3, 3, 4), strict=True):
        path.write_text("".join(f'{{"_row": {n}, "score": {n % last}}}\n' for n in range(60)))

    def keys_with(path):
        files = {"quality_file": str(path), "complexity_file": str(path)}
        params = {**files, "quality": "score", "complexity": "score", "by": "_row"}
        method = {"name": "deita-filter" if filtered else "deita", "params": params}
        return keys(selectors=[{"name": "random", "filters": [method]} if filtered else method])

    one, same, other = map(keys_with, paths)
    assert set(one.values()) == set(same.values())
    kinds = {"rank", "cut", "filter"} if filtered else {"rank", "cut"}
    assert {label.split("/")[0] for label in one if one[label] not in other.values()} == kinds


def test_the_order_of_test_rows_counts_only_where_the_first_ones_are_taken(keys):
    assert changed(keys(evaluation={}), keys(data=reversed_test, evaluation={})) == set()
    limit = {"evaluation": {"limit": 3}}
    assert changed(keys(**limit), keys(data=reversed_test, **limit)) == {"evaluate", "record"}


def test_a_metrics_definition_is_in_its_key_once(keys):
    for name in set(METRICS) - {"math"}:
        assert metric_key(METRICS[name]()) == [name, METRICS[name]().version]
    assert metric_key(METRICS["math"]())[2] == METRICS["math"]().signature
    assert metric_key(exact_match(r"####\s*(\S+)")) == ["exact_match", 1]
    assert metric_key(exact_match(r"(\d+)"))[2].startswith("exact_match|answer:(\\d+)")
    other = replace(rouge("rouge1"), signature="rouge1|F1|stemmer:no|rouge-score")
    assert metric_key(other) == ["rouge1", 1, other.signature]


@pytest.mark.parametrize(
    ("train", "is_marked"),
    [
        ({}, False),
        ({"match": "steps"}, False),
        ({"sft": {"max_length": 64}}, False),
        ({"sft": {"packing": False}}, False),
        ({"sft": {"packing": True}}, True),
        ({"match": "steps", "sft": {"max_length": 64}}, True),
    ],
)
def test_only_trainings_whose_rows_count_otherwise_have_other_keys(train, is_marked):
    assert bool(rows_key(FinetuneSettings(**train))) == is_marked
