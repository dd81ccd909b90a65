import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from igds_bench.data.read import place_of_row, read_rows
from igds_bench.errors import DataError

ROWS = [{"question": 'a, "b" {c}', "answer": "1"}, {"question": "ü\nx", "answer": "2"}]


def written(folder, kind):
    path = folder / f"pool.{kind}"
    if kind == "jsonl":
        path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n")
    elif kind == "jsonl.gz":
        path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in ROWS).encode()))
    elif kind == "json":
        path.write_text(json.dumps({"data": ROWS}))
    elif kind == "csv":
        pd.DataFrame(ROWS).to_csv(path, index=False)
    else:
        pd.DataFrame(ROWS).to_parquet(path)
    return path


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "json", "csv", "parquet"])
def test_every_format_gives_the_same_rows(tmp_path, kind):
    assert read_rows(written(tmp_path, kind)) == ROWS


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", '{"q": 1}\n{"q": \n', r"a\.jsonl:2: this line is no JSON"),
        ("a.jsonl", "", "is empty"),
        ("a.json", '{"x": 1}', "a list of rows"),
        ("a.csv", "q,a\n1,2\n1,2,3\n", r"a\.csv:3: .*another number of fields"),
        ("a.jsonl", "[1]\n", "row 1 is no object"),
        ("a.xlsx", "", "are not read"),
        ("a.parquet", "x", "no readable Parquet"),
    ],
)
def test_refuses_with_the_place(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        read_rows(tmp_path / name)


def test_a_missing_file_names_the_nearest(tmp_path):
    written(tmp_path, "jsonl")
    with pytest.raises(DataError, match=r"Did you mean 'pool\.jsonl'"):
        read_rows(tmp_path / "pol.jsonl")


def lay_out_hub_cache(cache: Path) -> str:
    """Lay out a data set in a hub cache as a download would leave it; returns its commit."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    repo = cache / "datasets--owner--name"
    snapshot = repo / "snapshots" / commit
    (snapshot / "main").mkdir(parents=True)
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text(commit)
    for split, row in zip(("train", "test"), ROWS, strict=True):
        pd.DataFrame([row]).to_parquet(snapshot / "main" / f"{split}-00000-of-00001.parquet")
    (snapshot / "README.md").write_text(
        "---\nconfigs:\n- config_name: main\n  data_files:\n"
        "  - split: train\n    path: main/train-*\n  - split: test\n    path: main/test-*\n---\n"
    )
    return commit


def test_a_hub_data_set_is_read_offline_from_the_cache(tmp_path):
    lay_out_hub_cache(tmp_path / "hub")
    code = (
        "from igds_bench.data.read import read_rows;"
        "print([read_rows('owner/name:main'), read_rows('owner/name:main', 'test'),"
        " read_rows('owner/name:main:test')])"
    )
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == str([ROWS[:1], ROWS[1:], ROWS[1:]]), done.stderr


def test_a_hub_data_set_out_of_reach_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(DataError, match="neither in the local hub cache"):
        read_rows("owner/absent")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"q": "a \ud83d b"}, "q"),
        ({"q": "a", "meta": {"k": ["x", "\udc00"]}}, "meta"),
        ({"q": "a", "\ud800": 1}, "\ud800"),
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_half_of_a_character_is_named_with_row_and_field(tmp_path, row, field, name):
    rows = [{"q": "汉字 🙂"}, row]
    text = json.dumps(rows) if name == "a.json" else "\n".join(map(json.dumps, rows))
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError) as error:
        read_rows(tmp_path / name)
    assert f"{name}: row 2, field {field!r} holds half of a character pair" in str(error.value)


def test_a_row_of_several_files_is_named_by_its_own_file(tmp_path):
    for name, count in (("a.jsonl", 3), ("b.jsonl", 2)):
        lines = (json.dumps({"q": f"{name}{n}"}) for n in range(count))
        (tmp_path / name).write_text("\n".join(lines))
    places = [place_of_row(str(tmp_path), position) for position in (0, 2, 3, 4)]
    files = [f"{tmp_path}/a.jsonl"] * 2 + [f"{tmp_path}/b.jsonl"] * 2
    rows = (1, 3, 1, 2)
    assert places == [f"{file}: row {row}" for file, row in zip(files, rows, strict=True)]
    assert place_of_row([{"q": 1}], 6) == "the list: row 7"
