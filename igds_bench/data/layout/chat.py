"""Chats in rows: which columns hold their turns, and a row's turns whatever its trainer calls them.

Read are lists of ``{role, content}`` (OpenAI, TRL) and ``{from, value}`` (ShareGPT), lists of texts
that alternate (LIMA), the same as JSON text, a system column beside the list (OpenThoughts), and
prompt and completion that are lists themselves (TRL).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, cast, get_args

from igds_bench.core.data import Role, Turn
from igds_bench.errors import DataError

TrainOn = Literal["last", "all"]
COLUMNS = ("messages", "conversations", "conversation", "dialogue", "turns")
"""Columns that hold the turns of a chat, the first of them that a pool has."""
PAIRS = (("prompt", "completion"), ("prompt", "response"))
"""Columns that hold turns together, the second one the answer."""
SYSTEM = ("system", "system_prompt")
"""Columns that hold the system's turn beside the list."""
ROLE_KEYS = ("role", "from")
CONTENT_KEYS = ("content", "value")
ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "chatgpt": "assistant",
}
"""Roles by what public pools call them."""
TOOLS = ("tool", "function", "ipython", "observation", "function_call", "tool_call")
TOOL_KEYS = ("tool_calls", "function_call")


class UnsupportedChatError(Exception):
    """A chat that can't be trained on; its text is the reason, the same for all such chats."""


@dataclass(frozen=True)
class ChatLayout:
    """Where the turns of a pool's rows stand."""

    columns: tuple[str, ...]
    """One column, or that of the prompt and that of the answer."""
    system: str | None = None
    """Column of the system's turn, where the turns have none of their own."""
    roles: Mapping[str, Role] = field(default_factory=lambda: ROLES)
    train_on: TrainOn = "last"
    called: str = "chat"
    role_keys: tuple[str, ...] = ROLE_KEYS
    content_keys: tuple[str, ...] = CONTENT_KEYS

    @property
    def shown(self) -> tuple[str, ...]:
        """All columns that are read."""
        return (*((self.system,) if self.system else ()), *self.columns)

    def turns(self, row: Mapping[str, Any]) -> tuple[Turn, ...]:
        """Return a row's turns, the last of them the response.

        Raises:
            UnsupportedChatError: says why it can't be trained on.
        """
        found: list[Turn] = []
        weights: list[Any] = []
        for column in self.columns:
            for number, said in enumerate(_list(row.get(column))):
                first: Role = "assistant" if column == "completion" else "user"
                if (turn := self._turn(said, number, first)) is not None:
                    found.append(turn)
                    weights.append(said.get("weight") if isinstance(said, Mapping) else None)
        return self._whole(found, weights, row)

    def _whole(
        self, found: list[Turn], weights: list[Any], row: Mapping[str, Any]
    ) -> tuple[Turn, ...]:
        """Return checked turns with the system's own before them, and those marked that count."""
        _check(found)
        system = row.get(self.system) if self.system else None
        if system is not None and str(system).strip() and found[0].role != "system":
            found.insert(0, Turn("system", str(system)))
            weights.insert(0, None)
        return self._scored(found, weights)

    def _turn(self, said: Any, number: int, first: Role) -> Turn | None:
        """Return one turn; None for a system turn that says nothing."""
        if isinstance(said, str):
            is_first = number % 2 == 0
            role: Role = first if is_first else "assistant" if first == "user" else "user"
            return Turn(role, _text(said))
        if not isinstance(said, Mapping):
            raise UnsupportedChatError("whose turns are neither texts nor objects")
        called = str(next((said[key] for key in self.role_keys if said.get(key) is not None), ""))
        if called in TOOLS or any(said.get(key) for key in TOOL_KEYS):
            raise UnsupportedChatError("with tool calls")
        if called not in self.roles:
            raise UnsupportedChatError(
                f"with the unknown role '{called}'" if called else "with a turn without a role"
            )
        role = self.roles[called]
        content = next((said[key] for key in self.content_keys if said.get(key) is not None), "")
        if role == "system" and not str(content).strip():
            return None
        return Turn(role, _text(content))

    def _scored(self, turns: Sequence[Turn], weights: Sequence[Any]) -> tuple[Turn, ...]:
        """Mark the turns that are trained on; what comes after the last of them is left out.

        Weights of turns, as OpenAI's files have them, say it themselves; without them it is the
        last turn, or every one of the assistant's.
        """
        own = [number for number, turn in enumerate(turns) if turn.role == "assistant"]
        if any(weight is not None for weight in weights):
            scored = [n for n in own if weights[n] is None or float(weights[n]) > 0]
        else:
            scored = own if self.train_on == "all" else own[-1:]
        if not scored:
            raise UnsupportedChatError("in which every answer has the weight 0")
        kept = turns[: scored[-1] + 1]
        return tuple(replace(turn, scored=n in scored) for n, turn in enumerate(kept))


def parse_roles(given: Mapping[str, str]) -> dict[str, Role]:
    """Return what roles mean.

    Raises:
        DataError: one means none of system, user and assistant.
    """
    known = get_args(Role)
    for name, meaning in given.items():
        if meaning not in known:
            raise DataError(
                f"role '{name}' can't be '{meaning}': a role is {', '.join(known)}, such as "
                "narrator=user."
            )
    return {name: cast("Role", meaning) for name, meaning in given.items()}


def chat_columns(known: Collection[str], rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the columns of a pool that hold turns; none where it is no pool of chats."""
    for column in COLUMNS:
        if column in known and any(_holds_turns(row.get(column)) for row in rows):
            return (column,)
    for pair in PAIRS:
        if set(pair) <= set(known) and all(_is_chat(row.get(pair[0])) for row in rows):
            return pair
    return ()


def system_column(known: Collection[str]) -> str | None:
    """Return the column of the system's turn, where there is one."""
    return next((column for column in SYSTEM if column in known), None)


def _holds_turns(value: Any) -> bool:
    """Return whether a value is a list of turns, or the JSON text of one."""
    return _is_chat(value) or (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) > 1
        and all(isinstance(said, str) for said in value)
    )


def _is_chat(value: Any) -> bool:
    turns = parsed(value)
    return (
        isinstance(turns, Sequence)
        and not isinstance(turns, str)
        and len(turns) > 0
        and all(isinstance(t, Mapping) and set(ROLE_KEYS) & set(t) for t in turns)
    )


def parsed(value: Any) -> Any:
    """Return a list that is written as JSON text, as CSV files have it; others as they are."""
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _list(value: Any) -> Sequence[Any]:
    turns = parsed(value)
    if turns is None:
        return ()
    if isinstance(turns, str) or not isinstance(turns, Sequence):
        raise UnsupportedChatError(f"whose turns are no list but a {type(value).__name__}")
    return turns


def _text(content: Any) -> str:
    """Return the text of a turn, which may come in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, Sequence) else [content]
    kinds = {str(p.get("type")) if isinstance(p, Mapping) else "" for p in parts}
    if any("image" in kind for kind in kinds):
        raise UnsupportedChatError("with images")
    if not kinds <= {"text", "input_text"}:
        raise UnsupportedChatError("with turns that are no text")
    return "".join(str(part.get("text") or "") for part in parts)


def _check(turns: Sequence[Turn]) -> None:
    """Refuse a chat that no template writes or that ends without an answer.

    Raises:
        UnsupportedChatError: says which.
    """
    if not turns:
        raise UnsupportedChatError("without turns")
    spoken = [turn.role for turn in turns[turns[0].role == "system" :]]
    if "system" in spoken:
        raise UnsupportedChatError("with a system turn that isn't the first one")
    if "assistant" not in spoken:
        raise UnsupportedChatError("without an answer")
    if spoken[0] == "assistant":
        raise UnsupportedChatError("that begin with the assistant")
    if any(one == other for one, other in pairwise(spoken)):
        raise UnsupportedChatError("with two turns of the same side in a row")
    if spoken[-1] == "user":
        raise UnsupportedChatError("that end with the user")
    if any(not turn.content.strip() for turn in turns):
        raise UnsupportedChatError("with an empty turn")
