"""What records say of how their data were chosen."""

from __future__ import annotations

from collections.abc import Sequence

from igds_bench.core.record import RunRecord


def draws_at_random(record: RunRecord) -> bool:
    """Return whether a selector draws at random; records without a method tell the baseline's."""
    if record.method is None:
        return record.cell.role == "baseline"
    return not record.method.deterministic


def selected(record: RunRecord) -> str:
    """Return what identifies the rows that a record's model was trained on."""
    return record.selection.fingerprint if record.selection else ""


def distinct_cells(records: Sequence[RunRecord]) -> list[RunRecord]:
    """Return a row's records without copies: equal trainings on equal rows are one cell."""
    found = {(selected(r), r.cell.training_seed): r for r in reversed(records)}
    return list(found.values())[::-1]
