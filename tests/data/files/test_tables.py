import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from igds_bench.data.read import read_rows
from igds_bench.errors import DataError


def write_twice_as_parquet(path):
    columns = [pa.array(["a"]), pa.array(["b"]), pa.array(["c"])]
    pq.write_table(pa.Table.from_arrays(columns, ["prompt", "prompt", "response"]), path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_column_that_occurs_twice_is_refused_by_its_name(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        path.write_text("prompt,prompt,response\na,b,c\n")
    else:
        write_twice_as_parquet(path)
    with pytest.raises(DataError, match=rf"a\.{kind}: the column `prompt` occurs twice; rename"):
        read_rows(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prompt;response\na;b\n", "looks separated by semicolons"),
        ("sep=;\nprompt;response\na;b\n", "looks separated by semicolons"),
        ("prompt\tresponse\na\tb\n", "looks separated by tabs"),
        ("prompt|response\na|b\n", "looks separated by bars"),
        ("q,a\n1,2\n1,2,3\n", r"a\.csv:3: .*another number of fields than the header \(2\)"),
        ("q,a\n1,2\n1\n", r"a\.csv:3: .*another number of fields"),
        ('q,a\n1,"x\n2,y\n', r"a\.csv:3: unexpected end of data"),
        ('q,a\n"x"y,2\n', r"a\.csv:2: .*expected after.*the quote twice"),
    ],
)
def test_a_csv_that_is_written_otherwise_is_refused_with_the_fix(tmp_path, text, said):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        read_rows(tmp_path / "a.csv")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_a_csv_are_no_part_of_fields(tmp_path, end):
    (tmp_path / "a.csv").write_bytes(end.join(["q,a", '"x\r\ny",1', "", "nan,"]).encode())
    assert read_rows(tmp_path / "a.csv") == [{"q": "x\r\ny", "a": "1"}, {"q": "nan", "a": ""}]


def test_one_column_with_commas_in_quotes_is_read(tmp_path):
    (tmp_path / "a.csv").write_text('text\n"a; b, c"\n')
    assert read_rows(tmp_path / "a.csv") == [{"text": "a; b, c"}]
