import random

import pytest

from igds_bench.core.specs import TaskSpec
from igds_bench.data.examples import template_fields, to_examples
from igds_bench.data.splits import carve, load_task_data
from igds_bench.errors import DataError
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


def test_near_copies_of_test_prompts_are_left_out_and_said():
    copies = ["Q92", " q93 ", "q 94", "\uff5190", "q91 \n"]
    rows = [{"q": q, "a": "x"} for q in [*copies, "q1", "q9"]]
    data = load_task_data(task(pool=rows))
    assert [example.prompt for example in data.pool] == ["q1 \n Solution:", "q9 \n Solution:"]
    near = "their prompt is a test prompt but for case, white space or Unicode form"
    assert data.notes() == [f"5 pool rows are left out: {near}."]
    assert data.facts().dropped == {near: 5}


def test_exact_and_near_copies_are_counted_apart_in_a_pool_of_ones_own():
    data = load_task_data(task())
    rows = [{"q": q, "a": "x"} for q in ("q90", "Q90", "q 91", "q50", "Q50", "q1")]
    kept, near_copies = data.not_reserved(to_examples(rows, task(), "mine"))
    assert [example.prompt for example in kept] == ["Q50 \n Solution:", "q1 \n Solution:"]
    assert near_copies == 2


def test_a_split_that_is_not_read_by_the_template_is_said():
    rows = [{"prompt": f"p{n}", "response": "r"} for n in range(3)]
    data = load_task_data(task(pool=rows))
    assert data.notes() == ["split 'pool' is read as prompt, response."]
    assert load_task_data(task()).readings == {}
