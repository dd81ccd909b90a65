"""Check what lies behind records: the manifests of selections, and the test examples."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from igds_bench.core.record import RunRecord
from igds_bench.core.record.checked import Checked
from igds_bench.core.seeding import content_key
from igds_bench.evaluate.table import table_name
from igds_bench.metrics.recorded import Offered
from igds_bench.report.read.examples import Stored, read_statistics


def check_manifests(folder: Path, records: Sequence[RunRecord]) -> Checked:
    """Check that every selection's manifest is there, has its ids once each, and hashes."""
    selected = [record for record in records if record.selection is not None]
    known = {name: _manifest_problem(folder, name) for name in _fingerprints(selected)}
    problems = []
    for record in selected:
        assert record.selection is not None
        number, wrong = known[record.selection.fingerprint]
        if not wrong and number != record.selection.n:
            wrong = f"lists {number} ids, and the record says {record.selection.n}"
        if wrong:
            name = f"manifests/{record.selection.fingerprint}.json"
            problems.append(f"{record.cell.id}: {name} {wrong}.")
    what = "manifests are complete and hash to their fingerprint"
    return Checked(what, len(known), tuple(problems))


def _fingerprints(records: Iterable[RunRecord]) -> set[str]:
    return {record.selection.fingerprint for record in records if record.selection}


def _manifest_problem(folder: Path, fingerprint: str) -> tuple[int, str]:
    """Return how many ids a manifest lists, and what is wrong with it."""
    try:
        text = (folder / "manifests" / f"{fingerprint}.json").read_text(encoding="utf-8")
        content: Any = json.loads(text)
        ids = [str(id_) for id_ in content["ids"]]
    except FileNotFoundError:
        return 0, "is missing, so nobody can see what was chosen"
    except (OSError, ValueError, KeyError, TypeError):
        return 0, "is no readable list of ids (truncated?)"
    if len(set(ids)) != len(ids):
        return len(ids), f"lists {next(i for i in ids if ids.count(i) > 1)!r} more than once"
    if content_key("selection", sorted(ids)) != fingerprint:
        return len(ids), "lists other ids than its fingerprint is of"
    return len(ids), ""


def check_examples(folder: Path, records: Sequence[RunRecord], offered: Offered) -> list[Checked]:
    """Check that every record's examples are there, once each, and give its scores.

    A metric that nobody here can put together is a note, and no problem.
    """
    groups: dict[str, list[RunRecord]] = defaultdict(list)
    for record in records:
        groups[table_name(record.cell)].append(record)
    rows: list[str] = []
    scores: list[str] = []
    notes: list[str] = []
    for group in groups.values():
        known = len(rows)
        there = _counted(folder, group, rows)
        if len(rows) > known:  # said once, not of every record in the file
            continue
        rows += [f"{r.cell.id}: {line}" for r in group for line in _row_problems(r, there)]
        present = [record for record in group if record.key in there]
        metrics = {name for record in present for name in record.scores if "/" not in name}
        for metric in sorted(metrics):
            stored = read_statistics([folder], present, metric, offered)
            scores += _score_problems(stored, present, metric)
            if stored.statistics and stored.aggregate.unknown:
                notes.append(f"{metric} is not checked: {stored.aggregate.unknown}.")
    return [
        Checked("the test examples of every record are there", len(records), tuple(rows)),
        Checked(
            "stored statistics give the scores",
            len(records),
            tuple(dict.fromkeys(scores)),
            " ".join(dict.fromkeys(notes)),
        ),
    ]


def _score_problems(stored: Stored, records: Sequence[RunRecord], metric: str) -> list[str]:
    """Name the records whose stored statistics of a metric are missing or don't give its score."""
    named = "\n".join(stored.problems)
    missing = [
        f"{record.cell.id}: no statistics of {metric} are stored."
        for record in records
        if metric in record.scores
        and record.key not in stored.statistics
        and record.cell.id not in named
    ]
    return [*stored.problems, *missing]


def _row_problems(record: RunRecord, there: dict[str, tuple[int, int]]) -> Iterable[str]:
    if record.key not in there:
        yield "its test examples and generations are missing."
        return
    number, distinct = there[record.key]
    if number != distinct:
        yield f"its {number} stored examples have {number - distinct} ids more than once."
    for name, score in record.scores.items():
        if "/" not in name and score.n != number:
            yield f"{name} is over {score.n} examples, and {number} are stored."


def _counted(
    folder: Path, records: Sequence[RunRecord], problems: list[str]
) -> dict[str, tuple[int, int]]:
    """Return how many examples lie behind each record, and how many of their ids differ."""
    found: dict[str, tuple[int, int]] = {}
    for path, key in _tables(folder, records):
        try:
            found |= _count(path, key)
        except (KeyError, ValueError, OSError):  # pyarrow's errors are among them
            problems.append(f"{path.name}: no readable table of examples (truncated?).")
    return found


def _tables(folder: Path, records: Sequence[RunRecord]) -> list[tuple[Path, str]]:
    """Return the files with the examples of one model and task; a run's with their record's key."""
    published = folder / table_name(records[0].cell)
    own = [(folder / "examples" / f"{record.key}.parquet", record.key) for record in records]
    return [(path, key) for path, key in [(published, ""), *own] if path.exists()]


def _count(path: Path, key: str) -> dict[str, tuple[int, int]]:
    """Return the number of rows and of different examples in a file, by record."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["example"] if key else ["record", "example"])
    examples = table.column("example").cast("string")
    owners = pa.array([key] * len(table)) if key else table.column("record").cast("string")
    counts = pa.table({"record": owners, "example": examples}).group_by("record")
    rows = counts.aggregate([("example", "count"), ("example", "count_distinct")]).to_pylist()
    return {row["record"]: (row["example_count"], row["example_count_distinct"]) for row in rows}
