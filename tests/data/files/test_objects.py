import datasets
import numpy as np
import pandas as pd
import pytest

from igds_bench.data.read import read_rows
from igds_bench.errors import DataError

ROWS = [{"q": "ü", "n": 1}, {"q": None, "n": 2}]


@pytest.mark.parametrize(
    "source",
    [
        ROWS,
        tuple(ROWS),
        iter(ROWS),
        pd.DataFrame(ROWS, index=[7, 3]),
        pd.DataFrame({"q": ["ü", np.nan], "n": [1, 2]}),
        datasets.Dataset.from_list(ROWS),
        datasets.DatasetDict({"train": datasets.Dataset.from_list(ROWS)}),
    ],
    ids=["list", "tuple", "iterator", "frame", "nan", "dataset", "splits"],
)
def test_objects_give_the_same_rows(source):
    assert read_rows(source) == ROWS


def test_lists_of_a_frame_stay_lists():
    frame = pd.DataFrame({"q": ["a"], "t": [np.array(["x", "y"])]})
    assert read_rows(frame) == [{"q": "a", "t": ["x", "y"]}]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (3, "can't be read from the int: give a path"),
        ({"test": ROWS}, "the dict has no split 'train'.*It has test"),
        ([], "the list is empty"),
        (["a"], "the list: row 1 is no object"),
        (pd.DataFrame([["a", "b"]], columns=["q", "q"]), "DataFrame: the column `q` occurs twice"),
        ([{"q": "a"}, {"q": "\ud83d"}], "the list: row 2, field 'q' holds half of a character"),
    ],
)
def test_what_is_no_pool_is_said(source, said):
    with pytest.raises(DataError, match=said):
        read_rows(source)
