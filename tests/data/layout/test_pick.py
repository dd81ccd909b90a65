import pytest

from igds_bench.core.specs import TaskSpec
from igds_bench.data.examples import RowReader
from igds_bench.data.layout.choose import Reading
from igds_bench.data.layout.pick import parse_pick
from igds_bench.errors import DataError
from igds_bench.metrics import exact_match

HOW = "texts by good, whole"
TASK = TaskSpec("t", "{prompt}", "{response}", lambda split: (), (exact_match(),))


def row(texts, good, whole=None):
    return {"q": "Why?", "texts": texts, "good": good, "whole": whole or [True] * len(texts or ())}


def picked(given, how=HOW):
    return parse_pick(how).of(given, lambda: "p.jsonl: row 7")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (row(["a", "b", "c"], [False, True, True]), "b"),
        (row(["a", "b"], [True, True], [False, True]), "b"),
        (row(["a", "b"], [None, 1]), "b"),
        (row(["a", "b"], [None, False]), None),
        (row([None, "b"], [True, True]), "b"),
        (row([], [], [True][:0]), None),
        (row(["a"], None), None),
        (row(None, [True]), None),
    ],
)
def test_the_first_text_is_taken_whose_flags_are_all_true(given, expected):
    assert picked(given) == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (row(["a", "b"], [True]), r"row 7: .*as many flags.*`texts` 2, `good` 1, `whole` 2"),
        (row(["a"], ["yes"]), r"row 7: a flag in `good` is 'yes'"),
        (row("a", [True], [True]), r"row 7: .*list in `texts`, which is a str: CSV"),
        (row(["a"], [True]) | {"picked": "x"}, r"row 7 has a field `picked` already"),
    ],
)
def test_a_row_that_leaves_open_what_is_meant_is_named(given, said):
    with pytest.raises(DataError, match=said):
        picked(given)


@pytest.mark.parametrize("how", ["texts", "texts by", "by good", "texts by good whole", "a,b by c"])
def test_what_is_not_understood_is_refused_with_an_example(how):
    with pytest.raises(DataError, match=r"is not understood.*generations by correctness"):
        parse_pick(how)


def test_names_that_are_no_words_stand_in_backquotes():
    assert parse_pick("`my texts` by `is it`,b").fields == ("my texts", "is it", "b")


def read(rows, **said):
    reader = RowReader(TASK, "p", Reading({"prompt": "q", "response": "picked"}, pick=HOW, **said))
    return list(reader.examples(rows)), reader.said()


def test_rows_without_one_are_left_out_and_counted_and_rows_stay_as_they_are():
    rows = [row(["a", "b"], [False, True]), row(["c"], [False]), row(["d"], [True])]
    examples, said = read(rows)
    assert [(e.response, e.row, e.metadata) for e in examples] == [
        ("b", 0, rows[0]),
        ("d", 2, rows[2]),
    ]
    assert said == (
        "read as q, picked; 1 are left out: no entry of `texts` has good and whole true"
    )


def test_rows_that_the_filter_drops_are_not_picked_from():
    rows = [row(["a"], [True, True]) | {"n": 1}, row(["b"], [True]) | {"n": 2}]
    assert [e.response for e in read(rows, where="n > 1")[0]] == ["b"]


def test_a_pool_without_any_and_a_field_that_is_not_there_are_refused():
    with pytest.raises(DataError, match="no row is left: no entry of `texts`"):
        read([row(["a"], [False])])
    with pytest.raises(DataError, match="no field 'good'"):
        read([{"q": "x", "texts": ["a"], "whole": [True]}])
