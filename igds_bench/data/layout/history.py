"""Chats whose earlier turns stand in a column of pairs, beside the last question and its answer.

So Alpaca's kind of rows says it: ``history`` is a list of (what the user said, what was answered).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from igds_bench.core.data import Turn
from igds_bench.data.layout.chat import ChatLayout, UnsupportedChatError, parsed
from igds_bench.data.layout.fields import is_filled

HISTORY = "history"
ASKED = ("instruction", "input")
"""Columns of the last question; the second may be empty."""
ANSWERED = "output"


@dataclass(frozen=True)
class HistoryLayout(ChatLayout):
    """Where the pairs, the last question and its answer stand.

    Its ``columns`` are these, in this order: pairs, question, what belongs to it, answer.
    """

    called: str = "Alpaca with history"

    def turns(self, row: Mapping[str, Any]) -> tuple[Turn, ...]:
        """Return a row's turns, the last of them the response.

        Raises:
            UnsupportedChatError: says why it can't be trained on.
        """
        history, *asked, answered = self.columns
        found: list[Turn] = []
        for pair in _pairs(row.get(history)):
            found += [Turn("user", str(pair[0])), Turn("assistant", str(pair[1]))]
        question = [str(row[column]) for column in asked if is_filled(row.get(column))]
        answer = row.get(answered)
        found += [Turn("user", "\n".join(question)), Turn("assistant", str(answer or ""))]
        return self._whole(found, [None] * len(found), row)


def history_columns(known: Collection[str], rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the columns of such a pool; none where no row has earlier turns."""
    if not {HISTORY, ASKED[0], ANSWERED} <= set(known):
        return ()
    if not any(_are_pairs(parsed(row.get(HISTORY))) for row in rows):
        return ()
    return (HISTORY, *(column for column in ASKED if column in known), ANSWERED)


def _pairs(value: Any) -> Sequence[Any]:
    pairs = parsed(value)
    if not is_filled(pairs) or pairs == []:
        return ()
    if not _are_pairs(pairs):
        raise UnsupportedChatError("whose history is no list of pairs of texts")
    found: Sequence[Any] = pairs
    return found


def _are_pairs(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and len(value) > 0
        and all(
            isinstance(pair, Sequence)
            and not isinstance(pair, str)
            and len(pair) == 2
            and all(isinstance(said, str) for said in pair)
            for pair in value
        )
    )
