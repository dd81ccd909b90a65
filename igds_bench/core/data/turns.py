"""The turns of a chat, and how texts meet where nothing else says it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]
GAP = "\n\n"
"""What stands between turns where a chat is shown as plain text."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side of a chat says at once."""

    role: Role
    content: str
    scored: bool = False
    """Whether it is trained on; of a chat as it comes only the last turn is."""


def turns_id(turns: Sequence[Turn]) -> str:
    """Return the content id of a chat: 16 hex digits of SHA-256 over roles and contents.

    Which turns are trained on enters where they are others than the last.
    """
    said: list[object] = [[turn.role, turn.content] for turn in turns]
    scored = [number for number, turn in enumerate(turns) if turn.scored]
    if scored != [len(turns) - 1]:
        said.append(scored)
    text = json.dumps(["chat", *said], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def question_of(turns: Sequence[Turn]) -> str:
    """Return the contents before the last turn as one text, without those of the system.

    A system prompt that many chats share would make them alike to whatever compares texts.
    """
    return GAP.join(turn.content for turn in turns[:-1] if turn.role != "system")


def joint(prompt: str, response: str, joiner: str = " ") -> str:
    """Return a response as it follows a prompt.

    The joiner is put in front where neither side has white space there, and where the response
    begins in a script that puts spaces between words. Nothing else is changed.
    """
    if prompt[-1:].isspace() or response[:1].isspace():
        return response
    return response if joiner == " " and _is_unspaced(response[:1]) else joiner + response


UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3000, 0x30FF),  # CJK punctuation, kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF00, 0xFFEF),  # full-width forms
    (0x20000, 0x3FFFF),
)
"""Ranges of code points whose scripts write words without spaces between them."""


def _is_unspaced(letter: str) -> bool:
    return letter != "" and any(first <= ord(letter) <= last for first, last in UNSPACED)
