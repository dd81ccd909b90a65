import json

import pytest
import yaml

from igds_bench.data.described import described
from igds_bench.errors import DataError
from igds_bench.harness.requests.own_pool import PoolRequest, task_entry

ALPACA = [
    {"instruction": "Add.", "input": "1 and 2", "output": "3"},
    {"instruction": "Greet.", "input": "", "output": "Hi."},
]
OTHER = [
    {"q": r["instruction"], "more": r["input"], "a": r["output"], "prompt": "x"} for r in ALPACA
]
SHAREGPT = [
    {
        "conversations": [
            {"from": "human", "value": "Hi"},
            {"from": "gpt", "value": "Hello."},
            {"from": "human", "value": "Bye"},
            {"from": "gpt", "value": "Goodbye."},
        ],
        "system": "Be kind.",
    }
]
SPEAKERS = [
    {"dialog": [{"speaker": "guest", "said": "Hi"}, {"speaker": "host", "said": "Hello."}]},
]
HISTORY = [
    {"instruction": "And 2?", "input": "", "output": "4", "history": [["Double 1.", "2"]]},
    {"instruction": "Double 5.", "input": "", "output": "10", "history": []},
]
TAGS = {
    "role_tag": "speaker",
    "content_tag": "said",
    "user_tag": "guest",
    "assistant_tag": "host",
}
INFO = {
    "alpaca": {"file_name": "alpaca.json"},
    "other": {
        "file_name": "other.json",
        "columns": {"prompt": "q", "query": "more", "response": "a"},
    },
    "sharegpt": {
        "file_name": "sharegpt.json",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", "system": "system"},
    },
    "speakers": {
        "file_name": "speakers.json",
        "formatting": "sharegpt",
        "columns": {"messages": "dialog"},
        "tags": TAGS,
    },
    "history": {
        "file_name": "history.json",
        "columns": {
            "prompt": "instruction",
            "query": "input",
            "response": "output",
            "history": "history",
        },
    },
    "pairs": {"file_name": "alpaca.json", "ranking": True},
    "elsewhere": {"script_url": "x.py"},
    "half": {"file_name": "other.json", "columns": {"prompt": "q"}},
    "hub": {"hf_hub_url": "owner/name", "subset": "en", "split": "sft"},
    "plain-hub": {"hf_hub_url": "owner/name"},
}
ROWS = {
    "alpaca": ALPACA,
    "other": OTHER,
    "sharegpt": SHAREGPT,
    "speakers": SPEAKERS,
    "history": HISTORY,
}


@pytest.fixture
def folder(tmp_path):
    for name, rows in ROWS.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(rows))
    (tmp_path / "dataset_info.json").write_text(json.dumps(INFO))
    return tmp_path


def pool_of(source, registries, folder):
    return task_entry(PoolRequest(pool=source), registries, folder)[0].data.pool


def said(example):
    return [(turn.role, turn.content, turn.scored) for turn in example.turns]


WHOLE = [
    ("system", "Be kind.", False),
    ("user", "Hi", False),
    ("assistant", "Hello.", True),
    ("user", "Bye", False),
    ("assistant", "Goodbye.", True),
]


@pytest.mark.parametrize("name", ["alpaca", "other"])
def test_texts_are_those_of_the_columns_that_llama_factory_is_told(name, folder, registries):
    pool = pool_of(f"{folder}/dataset_info.json:{name}", registries, folder)
    assert [(e.prompt, e.response) for e in pool] == [("Add.\n1 and 2", "3"), ("Greet.", "Hi.")]


def test_turns_are_those_of_the_tags_that_llama_factory_is_told(folder, registries):
    info = folder / "dataset_info.json"
    (chat,) = pool_of(f"{info}:sharegpt", registries, folder)
    assert said(chat) == WHOLE
    (chat,) = pool_of(f"{info}:speakers", registries, folder)
    assert said(chat) == [("user", "Hi", False), ("assistant", "Hello.", True)]


def test_earlier_turns_of_alpaca_rows_are_read(folder, registries):
    pool = pool_of(f"{folder}/dataset_info.json:history", registries, folder)
    assert [[turn.content for turn in example.turns] for example in pool] == [
        ["Double 1.", "2", "And 2?", "4"],
        ["Double 5.", "10"],
    ]
    again = pool_of(f"{folder}/history.json", registries, folder)
    assert [example.id for example in again] == [example.id for example in pool]


@pytest.mark.parametrize(
    ("entry", "file"),
    [
        ({"path": "alpaca.json", "type": "alpaca"}, "alpaca"),
        (
            {
                "path": "other.json",
                "type": {"field_instruction": "q", "field_input": "more", "field_output": "a"},
            },
            "alpaca",
        ),
        (
            {
                "path": "json",
                "data_files": ["sharegpt.json"],
                "type": "chat_template",
                "field_messages": "conversations",
                "message_property_mappings": {"role": "from", "content": "value"},
            },
            "sharegpt",
        ),
        ({"path": "sharegpt.json", "type": "sharegpt"}, "sharegpt"),
        (
            {
                "path": "speakers.json",
                "type": "chat_template",
                "field_messages": "dialog",
                "message_property_mappings": {"role": "speaker", "content": "said"},
                "roles": {"user": ["guest"], "assistant": ["host"]},
            },
            "speakers",
        ),
    ],
)
def test_rows_are_read_as_axolotl_is_told(entry, file, folder, registries):
    (folder / "sft.yaml").write_text(yaml.safe_dump({"datasets": [entry]}))
    pool = pool_of(f"{folder}/sft.yaml", registries, folder)
    wanted = pool_of(f"{folder}/dataset_info.json:{file}", registries, folder)
    assert [example.id for example in pool] == [example.id for example in wanted]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (":alpacca", "no entry 'alpacca'. Did you mean 'alpaca'"),
        ("", "describes 10 data sets: name one of them as"),
        (":pairs", "pairs of answers"),
        (":elsewhere", "neither `file_name` nor `hf_hub_url`"),
        (":half", "no `prompt` or no `response`"),
    ],
)
def test_what_cannot_be_read_is_refused(folder, name, message):
    with pytest.raises(DataError, match=message):
        described(f"{folder}/dataset_info.json{name}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("datasets: [{path: a}, {path: b}]", "names 2 data sets: say which, such as .*:1 for a"),
        ("datasets: [{path: a, type: completion}]", "`type: completion` is not read"),
        ("name: x", "no config of Axolotl's"),
        ("datasets: [", "can't be read"),
    ],
)
def test_what_axolotl_says_and_cannot_be_read_is_refused(tmp_path, text, message):
    (tmp_path / "sft.yaml").write_text(text)
    with pytest.raises(DataError, match=message):
        described(f"{tmp_path}/sft.yaml")


def test_a_hub_data_set_keeps_its_config_and_split(folder):
    assert described(f"{folder}/dataset_info.json:hub").source == "owner/name:en:sft"
    assert described(f"{folder}/dataset_info.json:plain-hub").source == "owner/name"


def test_other_sources_are_none(folder):
    for source in (f"{folder}/alpaca.json", "owner/name:config", [{"a": 1}], "rows.jsonl"):
        assert described(source) is None


def test_what_is_written_for_llama_factory_is_read_again(folder, registries, tmp_path):
    from igds_bench.data.writing.trainers import lines_to_paste, llama_factory

    for name in ("sharegpt", "history", "other"):
        pool = pool_of(f"{folder}/dataset_info.json:{name}", registries, folder)
        out = tmp_path / "chosen.json"
        out.write_text(json.dumps([llama_factory(example) for example in pool]))
        entry = json.loads(lines_to_paste("llama-factory", out, pool))
        (tmp_path / "dataset_info.json").write_text(json.dumps(entry))
        again = pool_of(f"{tmp_path}/dataset_info.json:chosen", registries, tmp_path)
        assert [[t.content for t in e.turns] for e in again] == [
            [t.content for t in e.turns] for e in pool
        ]
        (folder / "dataset_info.json").write_text(json.dumps(INFO))
