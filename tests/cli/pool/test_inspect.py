"""``igds-bench inspect``: a pool's shape at a glance, or as JSON."""

import json

from tests.builders.data import files
from tests.builders.program import run

ROWS = [
    {"instruction": f"Count to {n}.", "input": "" if n % 2 else "slowly", "output": "so " * n}
    for n in range(1, 400)
]


def test_a_pool_is_shown_with_its_gaps_lengths_and_examples(tmp_path):
    pool = files.write_rows(ROWS, tmp_path / "pool.jsonl")
    result = run("inspect", pool)
    assert result.exit_code == 0, result.exception
    assert "read as Alpaca: instruction, input (empty in 50%), output" in result.stdout
    assert "fields: instruction, input, output; null or blank: input 50%" in result.stdout
    assert "length in characters" in result.stdout and "longest" in result.stdout
    assert "example 3 of 3" in result.stdout
    assert "characters ..." in result.stdout


def test_the_same_is_had_as_json(tmp_path):
    pool = files.write_rows(ROWS, tmp_path / "pool.parquet")
    result = run("inspect", pool, "--model", "tiny", "--json")
    found = json.loads(result.stdout)
    assert found["rows"] == len(ROWS)
    assert found["unit"] == "tokens"
