"""Rows of a pool that a task is measured on: their prompt is a test prompt, exactly or nearly."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from igds_bench.core.data import Pool
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


def without_near_copies(pool: Pool, prompts: Iterable[str]) -> Pool:
    """Return the pool less the rows whose prompt is one of these but for what keys leave out."""
    taken = frozenset(map(prompt_key, prompts))
    return pool.take(example.id for example in pool if prompt_key(example.prompt) not in taken)


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
