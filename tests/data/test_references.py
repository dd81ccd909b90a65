import dataclasses

import pytest

from igds_bench.core.data import example_id
from igds_bench.core.specs import TaskSpec
from igds_bench.data.references import to_measured
from igds_bench.errors import DataError
from igds_bench.metrics import bleu

TASK = TaskSpec("t", "{q} :", "{a}", lambda split: [], (bleu(),))
FIELDS = dataclasses.replace(TASK, references=("one", "two"))
GROUPED = dataclasses.replace(TASK, group_references=True)


def measured(rows, task, required=True):
    return to_measured(rows, task, "t/test", required)


def test_a_task_without_references_has_the_examples_that_it_always_had():
    (example,) = measured([{"q": "q", "a": "x"}], TASK)
    assert (example.id, example.references) == (example_id("q :", "x"), ())
    assert example.reference == "x"


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ({"one": "x", "two": "y"}, ("x", "y")),
        ({"one": "x {a}", "two": ["y", "", None, "z"]}, ("x {a}", "y", "z")),
        ({"one": "", "two": "y"}, ("y",)),
        ({"one": 5, "two": None}, ("5",)),
    ],
)
def test_fields_of_a_row_are_its_references_and_the_first_is_the_response(row, texts):
    (example,) = measured([{"q": "q", "a": "unused", **row}], FIELDS)
    assert example.response == texts[0]
    assert example.references == (texts if len(texts) > 1 else ())
    assert example.id == example_id("q :", *texts)


def test_rows_need_no_response_field_where_they_have_references():
    (example,) = measured([{"q": "q", "one": "x", "two": "y"}], FIELDS)
    assert example.reference == ("x", "y")


def test_a_split_without_the_fields_has_the_response_and_the_test_split_must_have_them():
    rows = [{"q": "q", "a": "x"}]
    (example,) = measured(rows, FIELDS, required=False)
    assert example.reference == "x"
    with pytest.raises(
        DataError, match=r"no row has a text in `one`, `two`.*Fields there: `q`, `a`"
    ):
        measured(rows, FIELDS)


def test_rows_without_any_reference_are_named():
    rows = [{"q": "q", "one": "x"}, {"q": "r", "a": "y"}]
    with pytest.raises(DataError, match="1 of 2 rows have no text in `one`, `two`, first in row 2"):
        measured(rows, FIELDS)


def test_rows_of_one_prompt_are_one_example_with_the_references_of_all():
    rows = [{"q": q, "a": a} for q, a in (("q", "x"), ("r", "z"), ("q", "y"), ("q", "x"))]
    first, second = measured(rows, GROUPED)
    assert (first.prompt, first.reference, first.row) == ("q :", ("x", "y", "x"), 0)
    assert (second.prompt, second.reference, second.row) == ("r :", "z", 1)
    assert second.id == example_id("r :", "z")


def test_further_references_make_another_example():
    (one,), (other,) = (
        measured([{"q": "q", "one": "x", "two": two}], FIELDS) for two in ("y", "z")
    )
    assert one.id != other.id
