"""What a selection writes: rows as they were read, or as trainers read them."""

import json

import pytest

import igds_bench
from igds_bench.errors import IgdsError
from tests.builders.data import files
from tests.builders.program import run


def select(pool, out, *options, budget=2):
    given = {"--selector": "longest", "--pool": pool, "--budget": budget, "--out": out}
    return run("select", *(word for pair in given.items() for word in pair), *options)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


CHATS = [
    {"messages": [{"role": "user", "content": f"{n}?"}, {"role": "assistant", "content": "y" * n}]}
    for n in range(1, 5)
]


@pytest.mark.parametrize(
    ("name", "key", "says"),
    [
        ("trl", "completion", ""),
        ("openai", "messages", ""),
        ("sharegpt", "conversations", ""),
        ("alpaca", "instruction", ""),
        ("llama-factory", "conversations", '"file_name": "out.jsonl"'),
        ("axolotl", "messages", "type: chat_template"),
        ("jsonl", "_rank", ""),
    ],
)
def test_chosen_chats_are_written_as_a_trainer_reads_them(name, key, says, tmp_path):
    pool = files.write_rows(CHATS, tmp_path / "pool.jsonl")
    result = select(pool, tmp_path / "out.jsonl", "--format", name, "--weights", "rank")
    assert result.exit_code == 0, result.exception
    rows = lines_of(tmp_path / "out.jsonl")
    assert all(key in row for row in rows)
    assert [row["weight"] for row in rows] == [1.0, 0.5]
    assert says in result.stdout


@pytest.mark.parametrize(
    ("out", "name", "said"),
    [
        ("out.csv", "trl", "writes lists of turns, which"),
        ("out.csv", "jsonl", "say two formats"),
        ("out.jsonl", "parquet", "say two formats"),
    ],
)
def test_a_format_that_the_suffix_contradicts_is_refused(out, name, said, tmp_path):
    result = select("pool.jsonl", tmp_path / out, "--format", name)
    assert isinstance(result.exception, IgdsError)
    assert said in str(result.exception)


@pytest.mark.parametrize(("out", "value"), [("o.parquet", [1, "x"]), ("o.jsonl", float("nan"))])
def test_what_the_output_cant_hold_is_said_before_anything_is_computed(out, value, tmp_path):
    rows = [{"prompt": "p", "response": f"r{n}", "meta": 0.5} for n in range(3)]
    pool = tmp_path / "pool.jsonl"
    pool.write_text("\n".join(json.dumps(r) for r in [*rows, {**rows[0], "meta": value}]))
    result = select(pool, tmp_path / out)
    assert isinstance(result.exception, IgdsError)
    assert f"{pool}: row 4, field `meta` holds" in str(result.exception)
    assert not (tmp_path / out).exists()


def test_a_second_selection_says_that_it_replaces_the_firsts_fields(tmp_path):
    rows = [{"prompt": "p", "response": f"r{n}"} for n in range(4)]
    first = tmp_path / "first.jsonl"
    assert select(files.write_rows(rows, tmp_path / "pool.jsonl"), first, budget=3).exit_code == 0
    result = select(first, tmp_path / "second.jsonl")
    assert "_id, _rank, _score of the pool are replaced" in result.stdout


def test_a_selection_is_had_as_a_data_set():
    result = igds_bench.select(selector="longest", pool=CHATS, budget="2")
    found = igds_bench.to_dataset(result)
    assert found["messages"][0] == CHATS[3]["messages"]
    assert found["_rank"][:] == [1, 2]
