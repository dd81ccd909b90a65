"""Turns in rows, whatever their trainer calls them, and chats that can't be trained on."""

import json
from dataclasses import replace

import pytest

from igds_bench.core.data import Turn, turns_id
from igds_bench.data.examples import RowReader
from igds_bench.errors import DataError
from igds_bench.harness.requests.own_pool import RAW_TASK

USER, SAID = {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}
PAIR = [USER, SAID]
CHAT = (Turn("user", "Why?"), Turn("assistant", "So.", True))


def read(rows, **changes):
    """Return the examples of rows, and how they were read."""
    reader = RowReader(replace(RAW_TASK, **changes), "pool")
    return list(reader.examples(rows)), reader.said()


@pytest.mark.parametrize(
    "row",
    [
        {"messages": PAIR},
        {"messages": json.dumps(PAIR)},
        {"messages": tuple(PAIR)},
        {"conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}]},
        {
            "conversation": [
                {"role": "prompter", "content": "Why?"},
                {"role": "bot", "value": "So."},
            ]
        },
        {"dialogue": ["Why?", "So."]},
        {"prompt": [USER], "completion": [SAID]},
        {"prompt": [USER], "response": [SAID]},
        {"prompt": "Why?", "messages": PAIR},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Why?"}]}, SAID]},
        {"messages": [{"role": "system", "content": " "}, *PAIR]},
        {"messages": PAIR, "system": None},
        {"messages": [*PAIR, USER, {**SAID, "weight": 0}]}
        | {"messages": [USER, {**SAID, "weight": 1}]},
    ],
)
def test_a_chat_is_the_same_turns_however_it_is_written(row):
    [example], said = read([row])
    assert example.turns == CHAT
    assert example.id == turns_id(CHAT)
    assert (example.prompt, example.response) == ("Why?", "So.")
    assert said.startswith("read as chat: ") and "2.0 turns on average" in said


def test_a_system_column_goes_in_front_unless_the_turns_have_their_own():
    own = [{"role": "system", "content": "Own."}, *PAIR]
    found, _ = read(
        [{"messages": PAIR, "system": "Beside."}, {"messages": own, "system": "Beside."}]
    )
    assert [e.turns[0] for e in found] == [Turn("system", "Beside."), Turn("system", "Own.")]
    assert [e.prompt for e in found] == ["Why?", "Why?"]


def test_all_answers_are_trained_on_where_it_is_asked_and_chats_are_told_apart_by_it():
    rows = [{"messages": [*PAIR, USER, SAID]}]
    [last], _ = read(rows)
    [every], said = read(rows, train_on="all")
    assert [t.scored for t in last.turns] == [False, False, False, True]
    assert [t.scored for t in every.turns] == [False, True, False, True]
    assert last.id != every.id
    assert "trained on every answer" in said


def test_weights_say_which_answers_are_trained_on():
    weighted = [USER, {**SAID, "weight": 1}, USER, {**SAID, "weight": 0}]
    [example], _ = read([{"messages": weighted}])
    assert example.turns == CHAT


def test_roles_of_ones_own_are_given_their_meaning():
    rows = [{"log": [{"role": "narrator", "content": "Why?"}, {"role": "hero", "content": "So."}]}]
    [example], _ = read(rows, messages="log", roles={"narrator": "user", "hero": "assistant"})
    assert example.turns == CHAT


def test_two_fields_become_a_chat_with_their_own_id_where_it_is_asked():
    row = {"prompt": "Why?", "response": "So."}
    [plain], _ = read([row])
    [chat], _ = read([row], template="chat")
    assert plain.turns == () and chat.turns == CHAT
    assert plain.id == chat.id


def test_a_chat_becomes_plain_text_where_it_is_asked():
    rows = [{"messages": [{"role": "system", "content": "Be kind."}, *PAIR]}]
    [example], _ = read(rows, template="plain")
    assert example.turns == ()
    assert example.prompt + example.continuation == "Be kind.\n\nWhy?\n\nSo."


UNSUPPORTED = {
    "without turns": [],
    "without an answer": [USER],
    "that end with the user": [*PAIR, USER],
    "that begin with the assistant": [SAID, *PAIR],
    "with two turns of the same side in a row": [USER, USER, SAID],
    "with a system turn that isn't the first one": [USER, {"role": "system", "content": "x"}, SAID],
    "with the unknown role 'narrator'": [{"role": "narrator", "content": "x"}, *PAIR],
    "with a turn without a role": [{"content": "x"}, SAID],
    "with tool calls": [USER, {"role": "assistant", "tool_calls": [{"id": "1"}]}, SAID],
    "with images": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}, SAID],
    "with turns that are no text": [{"role": "user", "content": 5}, SAID],
    "with an empty turn": [{"role": "user", "content": " "}, SAID],
    "whose turns are no list but a int": 5,
    "whose turns are neither texts nor objects": [1, 2],
    "in which every answer has the weight 0": [USER, {**SAID, "weight": 0}],
}


@pytest.mark.parametrize("reason", UNSUPPORTED)
def test_a_chat_that_cant_be_trained_on_is_named_with_its_row_field_and_fix(reason):
    rows = [{"messages": PAIR}, {"messages": UNSUPPORTED[reason]}, {"messages": PAIR}]
    with pytest.raises(DataError) as error:
        read(rows)
    assert f"1 of 3 rows hold chats in `messages` that are not supported: 1 {reason}" in str(
        error.value
    )
    assert "pool: row 2" in str(error.value)
    assert "drop_unsupported: true" in str(error.value)


@pytest.mark.parametrize("reason", UNSUPPORTED)
def test_a_chat_that_cant_be_trained_on_is_left_out_and_counted_where_it_is_asked(reason):
    rows = [{"messages": PAIR}, {"messages": UNSUPPORTED[reason]}, {"messages": PAIR}]
    found, said = read(rows, drop_unsupported=True)
    assert [example.row for example in found] == [0, 2]
    assert said.endswith(f"; 1 rows left out: 1 {reason}")


def test_a_pool_of_which_nothing_would_be_left_is_refused():
    with pytest.raises(DataError, match="2 of 2 rows hold chats"):
        read([{"messages": [USER]}] * 2, drop_unsupported=True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"messages": "mesages"}, "no field 'mesages'. Did you mean 'messages'"),
        ({"roles": {"narrator": "human"}}, "can't be 'human': a role is system, user, assistant"),
    ],
)
def test_what_is_said_wrong_of_chats_is_refused(changes, said):
    with pytest.raises(DataError, match=said):
        read([{"messages": PAIR}], **changes)
