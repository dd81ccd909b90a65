"""The rows that are trained on: cut to a length before the trainer sees them, and counted.

TRL cuts rows itself and drops those that are left without a label, without a word. Done before, it
finds nothing to cut, and what is trained on is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from igds_bench.errors import StageError

Row = dict[str, list[int]]
"""``input_ids`` and ``completion_mask``, 1 where a token is trained on."""


@dataclass(frozen=True)
class FittedRows:
    """What is left of a selection at a length."""

    rows: list[Row]
    cut: int
    """How many of them have lost tokens, or will be in pieces."""
    dropped: int
    """How many are not among them: nothing that is trained on was left."""


def splits_rows(arguments: Mapping[str, Any]) -> bool:
    """Return whether rows that are too long are trained on in pieces, so that nothing is lost."""
    return bool(arguments.get("packing")) and arguments.get("packing_strategy") == "bfd_split"


def fit_rows(rows: Sequence[Row], arguments: Mapping[str, Any]) -> FittedRows:
    """Cut rows as TRL would, at ``max_length``, and leave out those that have nothing to learn.

    Args:
        rows: of the selection.
        arguments: of ``SFTConfig``; ``truncation_mode`` says which end is kept.

    Raises:
        StageError: no row is left; says how long they are.
    """
    limit = arguments.get("max_length")
    if limit is None:
        return FittedRows(list(rows), 0, 0)
    over = sum(len(row["input_ids"]) > limit for row in rows)
    if not over or splits_rows(arguments):
        return FittedRows(list(rows), over, 0)
    from_end = arguments.get("truncation_mode") == "keep_end" and not arguments.get("packing")
    part = slice(-limit, None) if from_end else slice(None, limit)
    kept = [{name: values[part] for name, values in row.items()} for row in rows]
    pairs = [(k, row) for k, row in zip(kept, rows, strict=True) if any(k["completion_mask"])]
    if not pairs:
        raise StageError(nothing_left(len(rows), limit, min(map(_unscored, rows))))
    cut = sum(len(k["input_ids"]) < len(row["input_ids"]) for k, row in pairs)
    return FittedRows([k for k, _ in pairs], cut, len(rows) - len(pairs))


def nothing_left(rows: int, limit: int, nearest: int) -> str:
    """Say that no row has anything to learn within a length.

    Args:
        rows: how many there are.
        limit: the length.
        nearest: tokens before what is trained on, of the row that has fewest.
    """
    return (
        f"none of {rows} examples has anything to learn within `train.sft.max_length: {limit}`: "
        f"the shortest prompt has {nearest} tokens. Raise it, or choose shorter rows."
    )


def _unscored(row: Row) -> int:
    """Return how many tokens of a row come before the first that is trained on."""
    mask = row["completion_mask"]
    return mask.index(1) if 1 in mask else len(mask)
