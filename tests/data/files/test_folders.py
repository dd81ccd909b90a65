import pytest

from igds_bench.data.read import read_rows
from igds_bench.errors import DataError
from tests.builders.data.files import write_rows


def rows(text):
    return [{"prompt": text, "response": "r"}]


def test_the_files_of_a_folder_or_a_pattern_are_read_in_the_order_of_their_names(tmp_path):
    for name in ("b.jsonl", "a.jsonl", "c.jsonl.gz"):
        write_rows(rows(name), tmp_path / name)
    (tmp_path / "README.md").write_text("of the pool")
    names = ["a.jsonl", "b.jsonl", "c.jsonl.gz"]
    assert [row["prompt"] for row in read_rows(tmp_path)] == names
    assert [row["prompt"] for row in read_rows(f"{tmp_path}/*.jsonl*")] == names
    assert [row["prompt"] for row in read_rows(f"{tmp_path}/[ab].jsonl")] == names[:2]


def test_files_named_after_splits_are_read_for_their_split_alone(tmp_path):
    for name in ("train-00000-of-2", "train-00001-of-2", "test-00000-of-1", "train_sft", "other"):
        write_rows(rows(name), tmp_path / f"{name}.parquet")
    assert len(read_rows(tmp_path)) == 3
    assert read_rows(tmp_path, "test") == rows("test-00000-of-1")
    assert read_rows(tmp_path, "train_sft") == rows("train_sft")
    with pytest.raises(DataError, match=r"no file of split 'dev', but other\.parquet, "):
        read_rows(tmp_path, "dev")


def test_what_can_not_be_meant_is_said(tmp_path):
    with pytest.raises(DataError, match="no data files"):
        read_rows(tmp_path)
    with pytest.raises(DataError, match="no file matches this pattern"):
        read_rows(f"{tmp_path}/*.jsonl")
    (tmp_path / "data").mkdir()
    write_rows(rows("x"), tmp_path / "data" / "a.csv")
    with pytest.raises(DataError, match=r"Some lie deeper: .*data/\*\.csv"):
        read_rows(tmp_path)
    for name in ("a.jsonl", "a.parquet"):
        write_rows(rows("x"), tmp_path / name)
    with pytest.raises(DataError, match=r"has \.jsonl and \.parquet files: .*/\*\.jsonl"):
        read_rows(tmp_path)
