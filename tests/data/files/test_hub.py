"""Data sets that ``datasets`` saved; hub data sets are in test_read.py."""

import datasets
import pytest

from igds_bench.core.data import DataSource
from igds_bench.data.files.hub import as_read, is_hub_id
from igds_bench.data.read import read_rows
from igds_bench.errors import DataError
from tests.builders.data import hub_sets

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


@pytest.mark.parametrize(
    ("text", "is_id"),
    [
        ("owner/name", True),
        ("teknium/OpenHermes-2.5", True),
        ("AI-MO/NuminaMath-1.5:default:train", True),
        ("data/rows.jsonl", False),
        ("data/rows.jsonl.gz", False),
        ("./name", False),
        ("a/b/c", False),
        ("name", False),
    ],
)
def test_an_id_of_the_hub_is_told_from_a_path(text, is_id):
    assert is_hub_id(text) == is_id


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        ("train.jsonl", "o/n"),
        ("part/train.jsonl", "o/n:part"),
        ("part.jsonl", "o/n:part"),
        ("train.jsonl", "o/n:part"),
        ("set.dev.jsonl", "o/n::validation"),
    ],
)
def test_a_copy_without_a_card_is_found_by_config_and_split(place, asked, tmp_path, monkeypatch):
    monkeypatch.setenv("IGDS_BENCH_DATA", str(tmp_path))
    hub_sets.write(ROWS, tmp_path / "o" / "n" / place)
    hub_sets.write(ROWS[1:], tmp_path / "o" / "n" / "other" / "test.jsonl")
    (tmp_path / "o" / "n" / "README.md").write_text("# Rows\n\nconfigs: none\n")
    assert read_rows(asked) == ROWS


def test_a_source_is_recorded_as_it_was_read(tmp_path, monkeypatch):
    hub = DataSource("o/n:part", ("pool",), "MIT", kind="hub", revision="main")
    folder = hub_sets.snapshot(tmp_path, "datasets", "o/n")
    folder.mkdir(parents=True)
    (folder / "x.jsonl").write_text("{}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = as_read(hub)
    assert (found.revision, found.kind, found.licence) == (hub_sets.COMMIT, "hub", "MIT")

    monkeypatch.setenv("IGDS_BENCH_DATA", str(tmp_path / "copies"))
    with pytest.raises(DataError, match=r"IGDS_BENCH_DATA is .*no such folder"):
        as_read(hub)
    (tmp_path / "copies" / "o" / "n").mkdir(parents=True)
    found = as_read(hub)
    assert (found.kind, found.revision) == ("copy", None)
    file = DataSource("rows.jsonl", ("pool",))
    assert as_read(file) is file


def test_folders_of_one_name_and_card_are_not_taken_for_one_another(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "kept")
    for owner, count in (("a", 3), ("b", 5), ("a", 4)):
        folder = tmp_path / owner / "samsum"
        monkeypatch.setenv("IGDS_BENCH_DATA", str(tmp_path))
        sizes = dict.fromkeys(("train", "validation", "test"), count)
        hub_sets.write_set("knkarthick/samsum", folder, sizes)
        assert len(read_rows(f"{owner}/samsum", "test")) == count
