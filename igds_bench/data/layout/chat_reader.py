"""Examples from rows that hold the turns of a chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from igds_bench.core.data import Example, question_of, turns_id
from igds_bench.core.data.turns import GAP
from igds_bench.core.specs import TaskSpec
from igds_bench.data.layout.chat import ChatLayout, UnsupportedChatError
from igds_bench.errors import DataError

FIXES = {
    "the unknown role": " Say what it means with `roles`, such as {narrator: user}.",
}
"""What to do about a reason, by words in it, besides leaving such rows out."""


class ChatReader:
    """Turns rows into chats, and counts those that are none.

    Args:
        layout: where the turns are.
        task: says whether chats are rendered plainly, and whether those that can't be trained on
            are left out, and counted, instead of refused.
        name: of the pool, for messages.
        place: says where the row at a position stands.
    """

    def __init__(
        self, layout: ChatLayout, task: TaskSpec, name: str, place: Callable[[int], str]
    ) -> None:
        self._layout, self._task, self._name, self._place = layout, task, name, place
        self._rows = self._turns = 0
        self._unsupported: dict[str, list[int]] = {}

    def example(self, row: Mapping[str, Any], position: int, source: str) -> Example | None:
        """Return the row's chat; None, and the reason noted, where it can't be trained on."""
        try:
            turns = self._layout.turns(row)
        except UnsupportedChatError as error:
            self._unsupported.setdefault(str(error), []).append(position)
            return None
        self._rows += 1
        self._turns += len(turns)
        is_plain = self._task.template == "plain"
        said = GAP.join(turn.content for turn in turns[:-1])
        return Example(
            id=turns_id(turns),
            prompt=said if is_plain else question_of(turns),
            response=turns[-1].content,
            source=source,
            metadata=dict(row),
            row=position,
            turns=() if is_plain else turns,
            joiner=GAP if is_plain else self._task.joiner,
        )

    def check(self, given: int) -> None:
        """Refuse the pool where chats in it can't be trained on.

        Args:
            given: rows that were read.

        Raises:
            DataError: counts them by reason, names the first ones, and says what to do.
        """
        if not self._unsupported or (self._task.drop_unsupported and self._rows):
            return
        count = sum(map(len, self._unsupported.values()))
        reasons = [
            f"{len(positions)} {reason} (first in {self._place(positions[0])})"
            for reason, positions in self._unsupported.items()
        ]
        fixes = "".join(
            fix for word, fix in FIXES.items() if any(word in r for r in self._unsupported)
        )
        columns = ", ".join(f"`{column}`" for column in self._layout.columns)
        raise DataError(
            f"{self._name}: {count} of {given} rows hold chats in {columns} that are not "
            f"supported: {'; '.join(reasons)}.{fixes} Leave such rows out with "
            "`drop_unsupported: true` (--drop-unsupported), which counts them, or with `where`."
        )

    def said(self) -> str:
        """Return how the rows were read."""
        mean = self._turns / max(1, self._rows)
        trained = ", trained on every answer" if self._layout.train_on == "all" else ""
        columns = ", ".join(self._layout.shown)
        return f"chat: {columns}, {mean:.1f} turns on average{trained}{self._left_out()}"

    def _left_out(self) -> str:
        if not self._unsupported:
            return ""
        parts = ", ".join(f"{len(rows)} {why}" for why, rows in self._unsupported.items())
        return f"; {sum(map(len, self._unsupported.values()))} rows left out: {parts}"
