"""Files of rows: the shipped ones are what the seed gives, byte by byte."""

import gzip
import hashlib
import json

from igds_bench.builtin.tiny import ASSETS, DATA
from tools.tiny.datafiles import as_jsonl, data_hashes, write_data


def test_shipped_rows_are_what_the_seed_gives():
    shipped = {
        path.name: hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()
        for path in DATA.glob("*.jsonl.gz")
    }
    assert shipped == data_hashes()
    assert shipped == json.loads((ASSETS / "manifest.json").read_text())["data"]["files"]


def test_data_files_have_the_same_bytes_at_every_build(tmp_path):
    for name in ("a", "b"):
        write_data(tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_jsonl_has_sorted_keys():
    assert as_jsonl([{"b": 1, "a": "ü"}]) == '{"a": "ü", "b": 1}\n'.encode()
