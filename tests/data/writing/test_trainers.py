"""Chosen examples as trainers read them; what a trainer's own loader makes of them is the same."""

import json

import pytest
import yaml
from datasets import Dataset

from igds_bench.core.data import Example, Turn
from igds_bench.data.examples import RowReader
from igds_bench.data.read import read_rows
from igds_bench.data.writing.files import write_rows
from igds_bench.data.writing.trainers import FORMATS, lines_to_paste
from igds_bench.harness.requests.own_pool import RAW_TASK
from tests.builders.data.public_pools import POOLS

CHAT = Example(
    "id",
    "Hi.\n\nHello.\n\nWhy?",
    "So.",
    turns=(
        Turn("system", "Be brief."),
        Turn("user", "Hi."),
        Turn("assistant", "Hello."),
        Turn("user", "Why?"),
        Turn("assistant", "So.", scored=True),
    ),
)
PAIR = Example("id", "Why?", "So.")


def read(rows):
    return list(RowReader(RAW_TASK, "pool").examples(rows))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
@pytest.mark.parametrize("example", [CHAT, PAIR], ids=["chat", "pair"])
def test_what_is_written_is_read_again_as_the_same_turns(example, suffix, name, tmp_path):
    path = tmp_path / f"o{suffix}"
    write_rows([FORMATS[name](example)], path)
    [found] = read(read_rows(path))
    turns = [(t.role, t.content) for t in example.turns]
    if example is PAIR and name in ("openai", "axolotl", "sharegpt"):
        turns = [("user", "Why?"), ("assistant", "So.")]
    assert [(t.role, t.content) for t in found.turns] == turns
    assert found.response.strip() == "So."


def test_trl_trains_on_exactly_what_is_trained_on_here():
    assert FORMATS["trl"](PAIR) == {"prompt": "Why?", "completion": " So."}
    assert FORMATS["trl"](CHAT)["completion"] == [{"role": "assistant", "content": "So."}]
    assert len(FORMATS["trl"](CHAT)["prompt"]) == 4
    Dataset.from_list([FORMATS["trl"](CHAT)] * 2)


def test_openai_weighs_the_answers_that_are_not_trained_on():
    weights = [m.get("weight") for m in FORMATS["openai"](CHAT)["messages"]]
    assert weights == [None, None, 0, None, 1]
    assert read([FORMATS["openai"](CHAT)])[0].turns == CHAT.turns


def test_alpaca_keeps_a_chats_history():
    assert FORMATS["alpaca"](CHAT) == {
        "instruction": "Why?",
        "input": "",
        "output": "So.",
        "system": "Be brief.",
        "history": [["Hi.", "Hello."]],
    }


@pytest.mark.parametrize(
    ("pool", "name", "fields"),
    [
        ("Alpaca", "alpaca", ("instruction", "input", "output")),
        ("Alpaca", "llama-factory", ("instruction", "input", "output")),
        ("tulu-3-sft-mixture", "openai", ("messages",)),
        ("OpenHermes-2.5, SlimOrca, Magpie, ShareGPT", "sharegpt", ("conversations",)),
    ],
)
def test_rows_that_have_a_format_already_are_written_as_they_were(pool, name, fields):
    rows = next(public.rows for public in POOLS if public.name == pool)
    for row, example in zip(rows, read(rows), strict=True):
        written = FORMATS[name](example)
        assert {field: written[field] for field in fields} == {f: row[f] for f in fields}


@pytest.mark.parametrize("example", [CHAT, PAIR], ids=["chat", "pair"])
def test_llama_factory_is_told_the_columns_that_are_there(example, tmp_path):
    text = lines_to_paste("llama-factory", tmp_path / "best.jsonl", [example])
    [entry] = json.loads(text).values()
    assert entry["file_name"] == "best.jsonl"
    assert set(entry["columns"].values()) <= set(FORMATS["llama-factory"](example))


def test_axolotl_is_told_the_columns_that_are_there(tmp_path):
    text = lines_to_paste("axolotl", tmp_path / "best.parquet", [CHAT])
    [entry] = yaml.safe_load(text)["datasets"]
    assert entry["field_messages"] in FORMATS["axolotl"](CHAT)
    assert entry["ds_type"] == "parquet"
    assert set(entry["message_property_mappings"].values()) <= {"role", "content"}


@pytest.mark.parametrize("name", ["trl", "openai", "sharegpt", "alpaca"])
def test_a_format_that_needs_no_lines_has_none(name, tmp_path):
    assert lines_to_paste(name, tmp_path / "best.jsonl", [CHAT]) == ""
