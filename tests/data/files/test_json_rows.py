import json

import pytest

from igds_bench.data.read import read_rows
from igds_bench.errors import DataError

ROWS = [{"q": "a", "n": 1, "t": ["x"]}, {"q": "b", "n": None, "t": []}]
COLUMNS = {name: [row[name] for row in ROWS] for name in ROWS[0]}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        json.dumps({"data": ROWS, "version": "1.1"}),
        json.dumps({"train": ROWS, "test": ROWS[:1]}),
        json.dumps(COLUMNS),
        "\n".join(map(json.dumps, ROWS)),
        "\r\n\r\n".join(json.dumps(row) for row in ROWS) + "\r\n",
    ],
    ids=["list", "data", "split", "columns", "lines", "crlf"],
)
def test_every_shape_of_a_json_file_gives_its_rows(tmp_path, text):
    (tmp_path / "a.json").write_bytes(text.encode())
    assert read_rows(tmp_path / "a.json") == ROWS


def test_another_split_of_an_object_is_read_by_its_name(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"train": ROWS, "test": ROWS[:1]}))
    assert read_rows(tmp_path / "a.json", "test") == ROWS[:1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"x": 1}', "a list of rows"),
        ('{"rows": [{"q": "a"}], "test": []}', "holds the lists `rows`, `test`"),
        ('{"q": ["a", "b"], "a": ["c"]}', "holds the lists `q`, `a`"),
        ('{"messages": [{"role": "user"}]}', "holds the lists `messages`"),
        ('{"q": {"0": "a", "1": "b"}}', "orient='records', lines=True"),
        ('"text"', "a list of rows"),
        ('{"q": "a"}\n{"q": \n', r"a\.json:2: this line is no JSON"),
        ("[1]", "row 1 is no object"),
        ('[{"q": "a"}', "can't be read after row 0"),
        ("[]", "is empty"),
    ],
)
def test_what_is_no_list_of_rows_is_said(tmp_path, text, said):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match=said):
        read_rows(tmp_path / "a.json")


def test_a_line_that_is_nested_too_deep_is_named(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"q": "a"}\n' + "[" * 200_000 + "\n")
    with pytest.raises(DataError, match=r"a\.jsonl:2: this line is no JSON"):
        read_rows(tmp_path / "a.jsonl")


def test_the_first_of_equal_lines_is_no_less_a_row(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"q": "a"}\n\n  \n{"q": "a"}')
    assert read_rows(tmp_path / "a.jsonl") == [{"q": "a"}] * 2
