"""The rows that are trained on: cut to a length before the trainer sees them, and counted.

TRL cuts rows itself and drops those that are left without a label, without a word. Done before, it
finds nothing to cut, and what is trained on is known.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    """How many of them have lost tokens."""
    dropped: int
    """How many are not among them: nothing that is trained on was left."""

    @property
    def tokens(self) -> int:
        """All tokens, those that are not trained on included."""
        return sum(len(row["input_ids"]) for row in self.rows)

    @property
    def scored(self) -> int:
        """Tokens that are trained on."""
        return sum(sum(row["completion_mask"]) for row in self.rows)


def fit_rows(rows: Sequence[Row], arguments: dict[str, Any]) -> FittedRows:
    """Cut rows as TRL would, at ``max_length``, and leave out those that have nothing to learn.

    Args:
        rows: of the selection.
        arguments: of ``SFTConfig``; ``truncation_mode`` says which end is kept.

    Raises:
        StageError: no row is left; says how long they are.
    """
    limit = arguments.get("max_length")
    splits = arguments.get("packing") and arguments.get("packing_strategy") == "bfd_split"
    if limit is None or splits:
        return FittedRows(list(rows), 0, 0)
    from_end = arguments.get("truncation_mode") == "keep_end" and not arguments.get("packing")
    part = slice(-limit, None) if from_end else slice(None, limit)
    kept = [{name: values[part] for name, values in row.items()} for row in rows]
    pairs = [(k, row) for k, row in zip(kept, rows, strict=True) if any(k["completion_mask"])]
    if not pairs:
        first = min(row["completion_mask"].index(1) for row in rows)
        raise StageError(
            f"none of {len(rows)} examples has anything to learn within `train.sft.max_length: "
            f"{limit}`: the shortest prompt has {first} tokens. Raise it, or choose shorter rows."
        )
    cut = sum(len(k["input_ids"]) < len(row["input_ids"]) for k, row in pairs)
    return FittedRows([k for k, _ in pairs], cut, len(rows) - len(pairs))
