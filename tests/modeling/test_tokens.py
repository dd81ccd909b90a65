"""What tokenizers that are in use put before texts and chats, and how the tests' own split them."""

import json

import pytest
from tokenizers import Tokenizer

from igds_bench.core.data import Example, Turn
from igds_bench.modeling.tokens import encode, encode_texts, puts_bos
from tests.builders.real import fetch

TURNS = (Turn("user", "What is 12 + 13?", False), Turn("assistant", "It is 25.", True))
BOS = {"llama3_1": "<|begin_of_text|>", "gemma3": "<bos>", "qwen3": None}
TEXTS = ["I have 1234 apples,\n\n  5.6 don't", " Straße 你好吗 नमस्ते 🤗", "{'a':\t[1, 2]}"]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", fetch.TOKENIZERS)
@pytest.mark.parametrize("special", [True, False])
def test_a_real_tokenizer_gives_the_tokens_of_its_file(real_folder, real_tokenizer, name, special):
    tokenizer = real_tokenizer(name)
    file = Tokenizer.from_file(str(real_folder(name) / "tokenizer.json"))
    expected = [row.ids for row in file.encode_batch(TEXTS, add_special_tokens=special)]
    assert tokenizer(TEXTS, add_special_tokens=special)["input_ids"] == expected
    assert [tokenizer.decode(row, skip_special_tokens=True) for row in expected] == TEXTS


@pytest.mark.parametrize("name", fetch.TOKENIZERS)
def test_a_real_tokenizer_brings_its_chat_template(real_folder, real_tokenizer, name):
    config = json.loads((real_folder(name) / "tokenizer_config.json").read_text("utf-8"))
    assert "messages" in config["chat_template"]
    assert real_tokenizer(name).chat_template == config["chat_template"]


@pytest.mark.parametrize("name", fetch.TOKENIZERS)
def test_a_chat_begins_with_bos_once_where_the_tokenizer_has_one(real_tokenizer, name):
    tokenizer = real_tokenizer(name)
    messages = [{"role": turn.role, "content": turn.content} for turn in TURNS]
    by_template = tokenizer.apply_chat_template(messages, tokenize=True)["input_ids"]
    [row] = encode(tokenizer, [Example("id", "What is 12 + 13?", "It is 25.", turns=TURNS)])
    [text] = encode_texts(tokenizer, ["What is 12 + 13?"])
    assert tokenizer.bos_token == BOS[name]
    assert puts_bos(tokenizer) == (BOS[name] is not None)
    for ids in (by_template, row.ids, text):
        if BOS[name] is None:
            assert "bos" not in tokenizer.convert_ids_to_tokens(ids[0])
        else:
            assert ids[0] == tokenizer.bos_token_id
            assert ids.count(tokenizer.bos_token_id) == 1


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("1234 apples", ["1", "2", "3", "4", "Ġapples"]),
        ("at  12", ["at", "ĠĠ", "1", "2"]),
        ("x 5.6", ["x", "Ġ", "5", ".", "6"]),
    ],
)
def test_smollm2_takes_digits_one_by_one(smollm2, text, tokens):
    assert smollm2.tokenizer.tokenize(text) == tokens
    assert not puts_bos(smollm2.tokenizer)
