"""Rows of a pool that a task is measured on: their prompt is a test prompt, exactly or nearly."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from igds_bench.core.data import Example, Pool
from igds_bench.errors import DataError

SHOWN = 5
"""Rows that a message names."""


def prompt_key(prompt: str) -> str:
    """Return a prompt's text less what does not make it another one.

    Unicode forms (NFKC), case and white space, of which none is left: equal keys are near-copies.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", prompt).casefold())
    return "".join(folded.split())


def without_copies(pool: Pool, prompts: Iterable[str]) -> Pool:
    """Return the pool less the rows whose prompt is one of these, exactly."""
    taken = frozenset(prompts)
    return pool.take(example.id for example in pool if example.prompt not in taken)


def without_near_copies(pool: Pool, measured: Iterable[Example]) -> Pool:
    """Return the pool less the rows that ask what a measured example does.

    That is one whose prompt is equal but for what keys leave out, or which asks the same in another
    way: as a turn of a chat, or without the words that a task's template puts around it.
    """
    taken = frozenset(key for example in measured for key in (*_asked(example), *_core(example)))
    return pool.take(e.id for e in pool if taken.isdisjoint(_asked(e)))


def _asked(example: Example) -> set[str]:
    """Return the keys of a prompt, and of every question of a chat."""
    said = (turn.content for turn in example.turns if turn.role == "user")
    return {prompt_key(text) for text in (example.prompt, *said)}


def _core(example: Example) -> set[str]:
    """Return the keys of the fields that make up most of a prompt."""
    whole = len(example.prompt)
    return {
        prompt_key(value)
        for value in example.metadata.values()
        if isinstance(value, str) and 2 * len(value) >= whole and value in example.prompt
    }


def refuse_copies(task: str, pool: Pool, prompts: Iterable[str]) -> None:
    """Refuse a pool with test prompts.

    Raises:
        DataError: counts them and names the first rows.
    """
    taken = frozenset(prompts)
    rows: Sequence[int] = [example.row + 1 for example in pool if example.prompt in taken]
    if rows:
        shown = ", ".join(map(str, rows[:SHOWN])) + (", ..." if len(rows) > SHOWN else "")
        raise DataError(
            f"task '{task}': {len(rows)} pool rows have a prompt of the test split (row {shown}): "
            "training on them would be training on the test. Remove them, or set "
            "`drop_overlap: true` to drop and record them."
        )
