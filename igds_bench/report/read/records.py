"""Read the records of runs and leaderboards; what can't be read becomes a named problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.record import CellSettings, RunRecord, read_record
from igds_bench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

SAME_SCORE = 1e-6
"""How far two records of one key may be apart and still say the same."""
SHOWN = 5
"""Conflicts that a message lists."""


@dataclass
class Records:
    """The readable records of some folders, and what is wrong with the others."""

    ok: list[RunRecord] = field(default_factory=list)
    failed: list[RunRecord] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unreadable: list[Path] = field(default_factory=list)
    """Files that are named in ``problems`` because they hold no record."""
    files: dict[str, Path] = field(default_factory=dict)
    """The file of every readable record, by cell id."""


def read_records(folders: Sequence[Path | str] | Path | str) -> Records:
    """Read every record below ``records/`` and ``records/failed/`` of one or more folders.

    Records of equal key are one, and a success counts before a failure of the same cell.

    Raises:
        DataError: a folder has no ``records`` sub-folder, or two files hold different results of
            one cell; names every such pair.
    """
    found = Records()
    known: dict[str, RunRecord] = {}
    conflicts: list[str] = []
    roots = [Path(f) / "records" for f in _listed(folders)]
    for root in roots:
        if not root.is_dir():
            raise DataError(
                f"{root.parent} is no run or leaderboard folder: it has no `records` sub-folder. "
                "Name the folder that `igds-bench run` printed."
            )
    # Successful records first, so that a failure in one folder hides no success in another.
    paths = [path for root in roots for path in sorted(root.glob("*.json"))]
    paths += [path for root in roots for path in sorted((root / "failed").glob("*.json"))]
    for path in paths:
        try:
            record = read_record(path)
        except DataError as problem:
            found.problems.append(f"{problem}; left out.")
            found.unreadable.append(path)
        else:
            conflicts += _admit(record, path, known, found)
    if conflicts:
        raise DataError(_conflict_text(conflicts))
    return found


def _listed(folders: Sequence[Path | str] | Path | str) -> Sequence[Path | str]:
    return [folders] if isinstance(folders, (str, Path)) else folders


def _admit(record: RunRecord, path: Path, known: dict[str, RunRecord], found: Records) -> list[str]:
    """Take a record in; return what it contradicts, where another file has the same cell."""
    first = known.setdefault(record.cell.id, record)
    if first is record:
        found.files[record.cell.id] = path
        (found.ok if record.status == "ok" else found.failed).append(record)
        return []
    if "failed" in (first.status, record.status):
        return []
    places = f"{found.files[record.cell.id]} and {path}"
    if first.key != record.key:
        return [f"{record.cell.id}: {places} ({_difference(first, record)})"]
    if not _same_scores(first, record):
        found.problems.append(
            f"{record.cell.id}: {places} have one key and other scores, so this cell is not "
            "determined by its inputs alone; the first is used."
        )
    return []


def _difference(one: RunRecord, other: RunRecord) -> str:
    """Say what made the keys of two records of a cell differ, as far as records tell."""
    named = [
        f"{name} {one.revisions.get(name, 'unknown')} and {other.revisions.get(name, 'unknown')}"
        for name in sorted({*one.revisions, *other.revisions})
        if one.revisions.get(name) != other.revisions.get(name)
    ]
    named += [
        f"other settings of `{name}`"
        for name in sorted(CellSettings.model_fields)
        if getattr(one.settings, name) != getattr(other.settings, name)
    ]
    return ", ".join([f"keys {one.key} and {other.key}", *named])


def _same_scores(one: RunRecord, other: RunRecord) -> bool:
    shared = one.scores.keys() & other.scores.keys()
    return all(abs(one.scores[n].value - other.scores[n].value) <= SAME_SCORE for n in shared)


def _conflict_text(conflicts: Sequence[str]) -> str:
    shown = "\n".join(f"  - {line}" for line in conflicts[:SHOWN])
    more = f"\n  - and {len(conflicts) - SHOWN} more cells" if len(conflicts) > SHOWN else ""
    return (
        f"two files hold different results of one cell, and which counts can't be guessed:\n{shown}"
        f"{more}\nKeep one of each pair, or make two boards of them."
    )


def load_records(folder: Path | str | Sequence[Path | str]) -> pd.DataFrame:
    """Return one row per cell of one or more run or leaderboard folders.

    Columns: the cell's ``kind``, ``role`` and coordinates, ``status`` and ``reason``; every metric
    as ``<metric>`` and ``<metric>_stderr``; ``n_selected`` and ``tokens``;
    ``amplification/<suite>`` (change of the summed mean activation); ``seconds/<stage>`` and
    ``flops/<stage>``; ``key`` and ``created``.

    Raises:
        DataError: a folder holds no records.
    """
    import pandas as pd

    records = read_records(folder)
    return pd.DataFrame([_row(record) for record in _sorted([*records.ok, *records.failed])])


def _sorted(records: Iterable[RunRecord]) -> list[RunRecord]:
    return sorted(records, key=lambda record: record.cell.id)


def _row(record: RunRecord) -> dict[str, Any]:
    row: dict[str, Any] = {
        "kind": record.cell.kind,
        **record.cell.model_dump(),
        "status": record.status,
        "reason": record.reason,
        "primary_metric": record.primary_metric,
    }
    for name, score in record.scores.items():
        row[name] = score.value
        row[f"{name}_stderr"] = score.stderr
    if record.selection is not None:
        row["n_selected"] = record.selection.n
        row["pool_size"] = record.selection.pool_size
        row["tokens"] = record.selection.tokens
    for amplification in record.amplification:
        row[f"amplification/{amplification.saes}"] = amplification.change
    for phase in record.phases:
        row[f"seconds/{phase.kind}"] = row.get(f"seconds/{phase.kind}", 0.0) + phase.seconds
        if phase.flops is not None:
            row[f"flops/{phase.kind}"] = row.get(f"flops/{phase.kind}", 0.0) + phase.flops
    return {**row, "key": record.key, "created": record.created}
