"""Chats as a model's own chat template writes them, cut where its answers begin and end.

Templates say where an answer is in no common way (``{% generation %}`` stands in few of them), so
that it is found by rendering: what the template writes before an answer is the chat up to there
with the generation prompt, and an answer ends with the token that the template ends a turn with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateError

from igds_bench.core.data import Example, Turn
from igds_bench.core.data.turns import GAP
from igds_bench.errors import DataError, ModelError

TODAY = (
    "{%- macro strftime_now(form) -%}"
    "{{ '2024-07-26' if form == '%Y-%m-%d' else '26 Jul 2024' }}"
    "{%- endmacro -%}"
)
"""Put before templates that ask for the date, which some write into the system prompt: tokens would
otherwise be others on every day. It is the one that Llama 3.1's template has by itself."""
TEMPLATES = {
    "chatml": "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
}
"""Chat templates by name, for models that come without one."""
ANSWER = "answer"
"""What the end of a turn is found behind."""


@dataclass(frozen=True)
class TurnEnd:
    """What a template writes behind an answer."""

    text: str
    """The text of the end token; empty where the template ends a turn with none."""
    token: int


@dataclass(frozen=True)
class Written:
    """A chat in its template's text, up to the end of the response."""

    pieces: tuple[tuple[str, bool], ...]
    """Its pieces in order, each with whether it is scored; the last one is the response."""
    is_open: bool
    """Whether the template ends turns with no token, so that the end-of-sequence token is put."""

    @property
    def text(self) -> str:
        """The pieces as one."""
        return "".join(piece for piece, _ in self.pieces)


def chat_template(name: str) -> str:
    """Return a chat template by its name, or that of a file.

    Raises:
        ModelError: there is neither.
    """
    if name in TEMPLATES:
        return TEMPLATES[name]
    try:
        return Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ModelError(
            f"chat template '{name}' is no readable file, and none of those known by name: "
            f"{', '.join(TEMPLATES)}."
        ) from None


def uses_template(tokenizer: Any, example: Example) -> bool:
    """Return whether an example is written by the model's chat template."""
    return bool(example.turns) and tokenizer.chat_template is not None


def turn_end(tokenizer: Any) -> TurnEnd:
    """Return what the chat template ends an assistant's turn with: its first special token."""
    asked = [Turn("user", "question"), Turn("assistant", ANSWER)]
    tail = _render(tokenizer, asked).rpartition(ANSWER)[2]
    special = {*tokenizer.all_special_ids}
    special |= {i for i, t in tokenizer.added_tokens_decoder.items() if t.special}
    for token in tokenizer(tail, add_special_tokens=False)["input_ids"]:
        if token in special:
            return TurnEnd(tokenizer.decode([token]), token)
    return TurnEnd("", tokenizer.eos_token_id)


def write_chat(tokenizer: Any, example: Example, end: TurnEnd) -> Written:
    """Write a chat with the model's template and say which pieces are scored.

    Args:
        tokenizer: has a chat template.
        example: a chat whose last turn is the assistant's.
        end: as ``turn_end`` gives it.

    Raises:
        DataError: the template refuses the chat, or changes what an assistant says beyond
            recognition.
    """
    try:
        whole = _render(tokenizer, example.turns)
        spans = [
            _span(tokenizer, example.turns, number, whole, end)
            for number, turn in enumerate(example.turns)
            if turn.scored or number == len(example.turns) - 1
        ]
    except TemplateError as error:
        raise _refused(tokenizer, example, f"refuses it: {error}.") from error
    except LookupError as error:
        raise _refused(
            tokenizer, example, f"changes its answers, so that {error} is not found in its text."
        ) from error
    pieces: list[tuple[str, bool]] = []
    place = 0
    for (start, stop), turn in zip(spans, _spanned(example.turns), strict=True):
        pieces += [(whole[place:start], False), (whole[start:stop], turn.scored)]
        place = stop
    return Written(tuple(pieces), is_open=end.text == "" or not pieces[-1][0].endswith(end.text))


def chat_text(tokenizer: Any, example: Example) -> str:
    """Return a chat as the model's template writes it, or its contents one below another.

    Raises:
        DataError: the template refuses the chat.
    """
    if not uses_template(tokenizer, example):
        return GAP.join(turn.content for turn in example.turns)
    return write_chat(tokenizer, example, turn_end(tokenizer)).text


def _spanned(turns: Sequence[Turn]) -> list[Turn]:
    return [turn for turn in turns[:-1] if turn.scored] + [turns[-1]]


def _span(
    tokenizer: Any, turns: Sequence[Turn], number: int, whole: str, end: TurnEnd
) -> tuple[int, int]:
    """Return where a turn's answer starts in the whole chat's text, and where its end token ends.

    Raises:
        LookupError: its content is not in the text as it is.
    """
    content = turns[number].content
    before = _render(tokenizer, turns[:number], opens=True)
    start = len(before)
    if not whole.startswith(before):
        # Some templates open an answer otherwise than they write one, as with empty thoughts.
        closed = _common(whole, _render(tokenizer, turns[:number]))
        start = whole.find(content.strip(), closed)
        if start < 0:
            raise LookupError(f"turn {number + 1}")
    said = whole.find(content.strip(), start)
    after = said + len(content.strip()) if said >= 0 else start
    found = whole.find(end.text, after) if end.text else -1
    return start, found + len(end.text) if found >= 0 else max(after, len(whole.rstrip()))


def _common(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their start."""
    length = min(len(one), len(other))
    return next((i for i in range(length) if one[i] != other[i]), length)


def _render(tokenizer: Any, turns: Sequence[Turn], opens: bool = False) -> str:
    template = tokenizer.get_chat_template()
    return str(
        tokenizer.apply_chat_template(
            [{"role": turn.role, "content": turn.content} for turn in turns],
            tokenize=False,
            add_generation_prompt=opens,
            chat_template=TODAY + template if "strftime_now" in template else template,
        )
    )


def _refused(tokenizer: Any, example: Example, why: str) -> DataError:
    roles = ", ".join(turn.role for turn in example.turns)
    return DataError(
        f"row {example.row + 1}, a chat of {roles}: the chat template of "
        f"{tokenizer.name_or_path} {why} Leave such rows out with `where`, give the model another "
        "template (`chat_template`), or render chats plainly (`template: plain`)."
    )
