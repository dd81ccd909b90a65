import pytest

from igds_bench.data.files.opening import kind_of
from igds_bench.data.read import read_rows
from igds_bench.errors import DataError
from tests.builders.data.files import KINDS, packed, write_rows

ROWS = [
    {"q": 'a, "b" {c}; d\te', "a": "1"},
    {"q": "ü\r\nx\u2028y\u0085z\n", "a": " 2 "},
    {"q": "nul \x00 and \u00a0 汉字 🙂", "a": "NA"},
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_same_rows(tmp_path, kind):
    assert read_rows(write_rows(ROWS, tmp_path / f"pool.{kind}")) == ROWS


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.JSONL.GZ", ".jsonl"),
        ("a.b.csv", ".csv"),
        ("a", ""),
        ("a.zst", ""),
        ("a.gz.json", ".json"),
    ],
)
def test_a_kind_is_said_by_the_suffix_before_the_compression(tmp_path, name, kind):
    assert kind_of(tmp_path / name) == kind


@pytest.mark.parametrize("suffix", ["gz", "zst"])
@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "parquet"])
def test_a_file_that_breaks_off_is_said_by_its_name(tmp_path, kind, suffix):
    rows = [{"prompt": f"p{n * 7919}", "response": f"r{n * 104729}"} for n in range(3000)]
    path = write_rows(rows, tmp_path / f"pool.{kind}.{suffix}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match=rf"pool\.{kind}\.{suffix}.*(breaks off|runcated)"):
        read_rows(path)


def test_a_file_that_is_not_compressed_is_said_by_its_name(tmp_path):
    for suffix in ("gz", "zst"):
        path = tmp_path / f"pool.jsonl.{suffix}"
        path.write_text('{"prompt": "a"}\n')
        with pytest.raises(DataError, match=rf"pool\.jsonl\.{suffix}.* can't be read"):
            read_rows(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.tsv"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named_with_the_fix(tmp_path, name, encoding):
    path = write_rows([{"prompt": "a", "response": "b"}], tmp_path / name)
    path.write_bytes(path.read_text().encode(encoding))
    with pytest.raises(DataError, match=r"is UTF-16 .*iconv -f UTF-16 -t UTF-8"):
        read_rows(path)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_latin_1_is_named_with_its_line(tmp_path, suffix):
    text = "prompt,response\n" + "a,b\n" * 5000 + "caf\u00e9,x\n"
    path = tmp_path / f"a.csv{suffix}"
    path.write_bytes(packed(text.encode("latin-1"), suffix[1:]))
    with pytest.raises(DataError, match=r"a\.csv.*:5002: byte 0xe9 is no UTF-8.*Latin-1"):
        read_rows(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv"])
def test_a_byte_order_mark_is_no_part_of_a_field(tmp_path, name):
    rows = [{"prompt": "a", "response": "b"}]
    path = write_rows(rows, tmp_path / name)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_rows(path) == rows
