"""Data sets that ``datasets`` saved; hub data sets are in test_read.py."""

import datasets
import pytest

from igds_bench.data.read import read_rows
from igds_bench.errors import DataError

ROWS = [{"q": "ü", "a": "1", "label": 1}, {"q": "x\n", "a": None, "label": 0}]


@pytest.fixture
def saved():
    features = datasets.Features(
        {
            "q": datasets.Value("string"),
            "a": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["no", "yes"]),
        }
    )
    return datasets.Dataset.from_list(ROWS, features=features)


def test_a_saved_data_set_is_read_from_its_folder(tmp_path, saved):
    saved.save_to_disk(tmp_path / "one")
    assert read_rows(tmp_path / "one") == ROWS


def test_a_split_of_several_saved_ones_is_read_by_name_or_by_its_folder(tmp_path, saved):
    both = datasets.DatasetDict({"train_sft": saved, "test_sft": saved.select([1])})
    both.save_to_disk(tmp_path / "both")
    assert read_rows(tmp_path / "both", "train_sft") == ROWS
    assert read_rows(tmp_path / "both" / "test_sft") == ROWS[1:]
    with pytest.raises(DataError, match=r"no split 'train'.*Did you mean 'train_sft'.*sub-folder"):
        read_rows(tmp_path / "both")


def test_a_damaged_saved_one_is_named(tmp_path, saved):
    saved.save_to_disk(tmp_path / "one")
    for file in (tmp_path / "one").glob("*.arrow"):
        file.unlink()
    with pytest.raises(DataError, match="one can't be read as a saved data set"):
        read_rows(tmp_path / "one")
