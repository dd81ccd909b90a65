"""Chosen examples as trainers read them, and the lines that tell a trainer where they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from igds_bench.core.data import Example, Turn

Row = dict[str, Any]
SHAREGPT = {"system": "system", "user": "human", "assistant": "gpt"}
"""What ShareGPT calls roles."""


def turns_of(example: Example) -> tuple[Turn, ...]:
    """Return a chat's turns, or prompt and response as two of them."""
    return example.turns or (
        Turn("user", example.prompt),
        Turn("assistant", example.response, scored=True),
    )


def trl(example: Example) -> Row:
    """Return ``prompt`` and ``completion``: texts as they are trained on, or lists of turns."""
    if not example.turns:
        return {"prompt": example.prompt, "completion": example.continuation}
    *before, last = map(_message, example.turns)
    return {"prompt": before, "completion": [last]}


def openai(example: Example) -> Row:
    """Return ``messages``, as they were read where they were read so.

    Answers that are not trained on have the weight 0, where there are some.
    """
    own = example.metadata.get("messages")
    if _are_turns(own, "role", "content"):
        return {"messages": own}
    turns = turns_of(example)
    messages = [_message(turn) for turn in turns]
    answers = [(t, m) for t, m in zip(turns, messages, strict=True) if t.role == "assistant"]
    if not all(turn.scored for turn, _ in answers):
        for turn, message in answers:
            message["weight"] = int(turn.scored)
    return {"messages": messages}


def sharegpt(example: Example) -> Row:
    """Return ``conversations`` of ``from`` and ``value``, with a column for the system's turn."""
    own = example.metadata.get("conversations")
    if _are_turns(own, "from", "value"):
        return {"conversations": own, "system": str(example.metadata.get("system") or "")}
    turns = turns_of(example)
    said = [t for t in turns if t.role != "system"]
    return {
        "conversations": [{"from": SHAREGPT[t.role], "value": t.content} for t in said],
        "system": _system(turns),
    }


def alpaca(example: Example) -> Row:
    """Return ``instruction``, ``input`` and ``output``; of a chat also ``system``, ``history``."""
    names = ("instruction", "input", "output")
    if all(isinstance(example.metadata.get(name), str) for name in names):
        return {name: example.metadata[name] for name in names}
    turns = turns_of(example)
    said = [turn.content for turn in turns if turn.role != "system"]
    found: Row = {"instruction": said[-2], "input": "", "output": said[-1]}
    if example.turns:
        found["system"] = _system(turns)
        found["history"] = [said[i : i + 2] for i in range(0, len(said) - 2, 2)]
    return found


def llama_factory(example: Example) -> Row:
    """Return what LLaMA-Factory reads: Alpaca's fields, or ShareGPT's for chats."""
    return sharegpt(example) if example.turns else alpaca(example)


FORMATS: Mapping[str, Callable[[Example], Row]] = {
    "trl": trl,
    "openai": openai,
    "sharegpt": sharegpt,
    "alpaca": alpaca,
    "llama-factory": llama_factory,
    "axolotl": openai,
}
"""Formats of trainers by name."""


def lines_to_paste(name: str, path: Path, examples: Sequence[Example]) -> str:
    """Return what a trainer's own file needs to say of the written rows; empty where nothing.

    Args:
        name: of the format.
        path: the file that they were written to.
        examples: some of them.
    """
    is_chat = any(example.turns for example in examples)
    if name == "llama-factory":
        return _dataset_info(path, is_chat)
    if name == "axolotl":
        return _axolotl(path)
    return ""


def _dataset_info(path: Path, is_chat: bool) -> str:
    """Return the entry of ``dataset_info.json`` (LLaMA-Factory, data/README.md)."""
    entry: dict[str, Any] = {"file_name": path.name}
    if is_chat:
        entry["formatting"] = "sharegpt"
        entry["columns"] = {"messages": "conversations", "system": "system"}
    else:
        entry["columns"] = {"prompt": "instruction", "query": "input", "response": "output"}
    return json.dumps({path.stem: entry}, indent=2)


def _axolotl(path: Path) -> str:
    """Return the lines of a config (Axolotl, docs on conversation datasets)."""
    kind = "parquet" if path.suffix == ".parquet" else "json"
    return (
        f"datasets:\n  - path: {path}\n    ds_type: {kind}\n    type: chat_template\n"
        "    field_messages: messages\n"
        "    message_property_mappings: {role: role, content: content}\n"
        "    roles_to_train: [assistant]\n    train_on_eos: turn"
    )


def _message(turn: Turn) -> Row:
    return {"role": turn.role, "content": turn.content}


def _system(turns: Sequence[Turn]) -> str:
    return next((turn.content for turn in turns if turn.role == "system"), "")


def _are_turns(value: Any, *keys: str) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) > 0
        and all(isinstance(turn, Mapping) and set(keys) <= set(turn) for turn in value)
    )
