"""Chats as templates write them: equal to the template's own tokens, with the answers marked."""

from types import SimpleNamespace

import pytest
from transformers import AutoTokenizer

from igds_bench.core.data import Example, Turn
from igds_bench.errors import DataError, ModelError
from igds_bench.modeling.chat import chat_template, turn_end
from igds_bench.modeling.tokens import encode, encode_prompt, encode_prompts, end_tokens, puts_bos
from tests.builders.real import fetch

CHATML = chat_template("chatml")
BOS = "{{ bos_token }}" + CHATML
PLAIN_MARKS = (
    "{% for m in messages %}{{ '### ' + m.role + ':\\n' + m.content + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}### assistant:\n{% endif %}"
)
THINKING = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and loop.last %}<think></think>{% endif %}"
    "{{ m.content | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
OPENED = THINKING.replace("assistant\n{% endif %}", "assistant\\n<think>\n{% endif %}")
STRICT = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system, please') }}{% endif %}"
    + CHATML
)
DATED = "{{ strftime_now('%d %b %Y') }} " + CHATML
CHATS = {
    "two turns": [("user", "Hi"), ("assistant", "Hello you")],
    "a system, and four": [
        ("system", "Be brief."),
        ("user", "2 + 2?"),
        ("assistant", "4"),
        ("user", "And 3 + 3? "),
        ("assistant", "It is\n\n  6 "),
    ],
    "white space in front": [("user", "x"), ("assistant", "\n    return 5")],
    "an end token that is said": [("user", "x"), ("assistant", "a<|im_end|>b<|eot_id|>c")],
    "Chinese": [("user", "你好吗"), ("assistant", "我很好。")],
}


def example_of(chat, trained_on_all=False):
    turns = [
        Turn(role, text, role == "assistant" and (trained_on_all or n == len(chat) - 1))
        for n, (role, text) in enumerate(chat)
    ]
    return Example("id", "text", chat[-1][1], turns=tuple(turns))


def template_ids(tokenizer, chat, **options):
    """Return what transformers' own call gives."""
    messages = [{"role": role, "content": text} for role, text in chat]
    found = tokenizer.apply_chat_template(messages, **options)
    return list(found if isinstance(found, list) else found["input_ids"])


def text_of(tokenizer, ids):
    """Return the text of tokens less its white space, which the embedded tokenizer adds to."""
    return "".join(tokenizer.decode(ids).split())


def scored_text(tokenizer, row):
    kept = [token for token, is_scored in zip(row.ids, row.scored, strict=True) if is_scored]
    return tokenizer.decode(kept)


@pytest.fixture
def tokenizer(tiny_spec):
    """Return a copy of the embedded tokenizer that knows chat tokens."""
    found = AutoTokenizer.from_pretrained(tiny_spec.path)
    found.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    return found


@pytest.mark.parametrize("template", [CHATML, BOS, THINKING], ids=["chatml", "bos", "thinking"])
@pytest.mark.parametrize("name", CHATS)
def test_tokens_are_the_templates_own_with_bos_once_and_the_answer_scored(
    tokenizer, template, name
):
    tokenizer.chat_template = template
    [row] = encode(tokenizer, [example_of(CHATS[name])])
    assert row.ids.count(tokenizer.bos_token_id) == 1
    first = template != BOS
    assert row.ids[first:] == template_ids(tokenizer, CHATS[name])[: len(row.ids) - first]
    prompt = template_ids(tokenizer, CHATS[name][:-1], add_generation_prompt=True)
    assert row.prompt[first:] == prompt
    assert row.scored == [False] * len(row.prompt) + [True] * len(row.response)
    assert row.response[-1] == tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert encode_prompt(tokenizer, example_of(CHATS[name])) == row.prompt


def test_every_answer_is_scored_with_its_end_where_it_is_asked(tokenizer):
    tokenizer.chat_template = CHATML
    [row] = encode(tokenizer, [example_of(CHATS["a system, and four"], trained_on_all=True)])
    assert scored_text(tokenizer, row) == "4<|im_end|>It is\n\n  6 <|im_end|>"
    assert row.prompt + row.response == row.ids


def test_a_template_that_opens_answers_otherwise_is_cut_before_what_is_said(tokenizer):
    tokenizer.chat_template = OPENED
    [row] = encode(tokenizer, [example_of(CHATS["two turns"])])
    assert text_of(tokenizer, row.prompt).endswith("assistant<think></think>")
    assert scored_text(tokenizer, row) == "Hello you<|im_end|>"


def test_a_template_without_end_tokens_gets_the_end_of_sequence(tokenizer):
    tokenizer.chat_template = PLAIN_MARKS
    assert turn_end(tokenizer).token == tokenizer.eos_token_id
    [row] = encode(tokenizer, [example_of(CHATS["two turns"])])
    assert row.response[-1] == tokenizer.eos_token_id
    assert scored_text(tokenizer, row) == "Hello you" + tokenizer.eos_token
    assert text_of(tokenizer, row.prompt).endswith("###assistant:")


def test_without_a_template_contents_stand_below_each_other(tokenizer):
    tokenizer.chat_template = None
    chat = CHATS["a system, and four"]
    [row, every] = encode(tokenizer, [example_of(chat), example_of(chat, trained_on_all=True)])
    assert text_of(tokenizer, row.ids) == "<bos>Bebrief.2+2?4And3+3?Itis6<eos>"
    assert scored_text(tokenizer, row).split() == ["It", "is", "6", "<eos>"]
    assert scored_text(tokenizer, every).split() == ["4", "It", "is", "6", "<eos>"]


def test_a_chat_that_the_template_refuses_is_named_with_its_row(tokenizer):
    tokenizer.chat_template = STRICT
    with pytest.raises(DataError, match=r"row 1, a chat of system.*no system, please.*plain"):
        encode(tokenizer, [example_of(CHATS["a system, and four"])])


def test_a_template_is_told_the_same_date_every_day(tokenizer):
    tokenizer.chat_template = DATED
    ids = encode_prompt(tokenizer, example_of(CHATS["Chinese"]))
    assert "26Jul2024" in text_of(tokenizer, ids)


def test_templates_are_had_by_name_and_from_files(tmp_path):
    (tmp_path / "own.jinja").write_text("{{ messages }}", "utf-8")
    assert chat_template(str(tmp_path / "own.jinja")) == "{{ messages }}"
    with pytest.raises(ModelError, match="no readable file, and none of those known by name"):
        chat_template("chatmal")


@pytest.mark.parametrize("own", [None, 7, [7, 8]])
def test_a_generation_ends_with_every_token_that_ends_a_text(tokenizer, own):
    tokenizer.chat_template = CHATML
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    given = own if isinstance(own, list) else [own] if own else []
    expected = {tokenizer.eos_token_id, end, *given}
    assert set(end_tokens(tokenizer, SimpleNamespace(eos_token_id=own))) == expected


@pytest.mark.parametrize("text", ["<bos>Hi", "<bos><bos>Hi", "Hi"])
def test_a_text_has_bos_once_and_keeps_an_end_token_of_its_own(tokenizer, text):
    hi = tokenizer("Hi<eos>", add_special_tokens=False)["input_ids"]
    assert encode_prompts(tokenizer, [f"{text}<eos>"]) == [[tokenizer.bos_token_id, *hi]]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*fetch.TOKENIZERS, fetch.MODEL])
@pytest.mark.parametrize("chat", CHATS)
def test_real_tokenizers_give_the_templates_own_tokens(real_tokenizer, name, chat):
    tokenizer = real_tokenizer(name)
    [row] = encode(tokenizer, [example_of(CHATS[chat])])
    whole = template_ids(tokenizer, CHATS[chat])
    if (name, chat) == (fetch.MODEL, "white space in front"):
        # The template's line break and the answer's would be one token: they are kept apart.
        assert tokenizer.decode(whole).startswith(tokenizer.decode(row.ids))
    else:
        assert row.ids == whole[: len(row.ids)]
    assert row.prompt == template_ids(tokenizer, CHATS[chat][:-1], add_generation_prompt=True)
    assert row.ids.count(tokenizer.bos_token_id) == 1 or not puts_bos(tokenizer)
    end = {"llama3_1": "<|eot_id|>", "gemma3": "<end_of_turn>"}.get(name, "<|im_end|>")
    assert row.response[-1] == tokenizer.convert_tokens_to_ids(end)
    said = CHATS[chat][-1][1]
    thoughts = "<think>\n\n</think>\n\n" if name == "qwen3" else ""
    trims = name in ("llama3_1", "gemma3") or thoughts
    expected = (
        said.strip() if trims and name != "qwen3" else said.lstrip("\n") if thoughts else said
    )
    assert scored_text(tokenizer, row) == f"{thoughts}{expected}{end}"
