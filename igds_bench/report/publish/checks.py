"""Check that records may be published: complete, pinned, made by known code, and consistent."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from igds_bench.core.checked import Checked
from igds_bench.core.grid import BASE
from igds_bench.core.record import RunRecord
from igds_bench.core.seeding import content_key
from igds_bench.core.selection import Budget
from igds_bench.errors import DataError
from igds_bench.evaluate.table import table_name
from igds_bench.metrics import METRICS
from igds_bench.report.read.admission import out_of_bounds
from igds_bench.report.read.examples import read_statistics
from igds_bench.report.read.records import Records, read_records

RESOLVED = re.compile(r"(sha256:)?[0-9a-f]{12,64}")
"""A commit, a content key or a hash: what a revision is once it is resolved."""
RELEASED = re.compile(r"\d+(\.\d+)*((a|b|rc|\.post)\d+)?")
"""A version that anyone can install again."""
PINNED = ("base", "data")
"""Revisions that every record names."""

Rule = Callable[[RunRecord], Iterable[str]]


def check_records(folder: Path) -> list[Checked]:
    """Check all that a run or leaderboard folder says, as far as records alone can tell.

    Failed records are only read: they are shown, never scored.

    Raises:
        DataError: the folder holds no records, or two of one cell.
    """
    found = read_records(folder)
    if not (found.ok or found.failed):
        problem = f"{folder}: holds no readable record."
        return [Checked("records can be read", 0, (*found.problems, problem))]
    rules: list[tuple[str, Rule]] = [
        ("records have their cell's parts", _parts),
        ("records were made by code that can be had again", _code),
        ("models, SAEs and data are pinned", _pinned),
        ("budgets are exact", _budget),
        ("scores are within their bounds", _bounds),
        ("metrics are of the versions that this version computes", _versions),
    ]
    checks = [_files(found)]
    checks += [_apply(what, found.ok, rule) for what, rule in rules]
    return [*checks, _manifests(folder, found.ok), *_examples(folder, found.ok)]


def _files(found: Records) -> Checked:
    """Every file can be read and is named after its cell; every key is of one record."""
    problems = list(found.problems)
    for cell, path in found.files.items():
        if path.stem != cell:
            problems.append(f"{path.name}: holds the record of {cell}; name it {cell}.json.")
    owners: dict[str, str] = {}
    for record in found.ok:
        other = owners.setdefault(record.key, record.cell.id)
        if other != record.cell.id:
            problems.append(f"{record.cell.id}: has the key of {other}, {record.key}.")
    return Checked("records can be read, once each", len(found.files), tuple(problems))


def _apply(what: str, records: Sequence[RunRecord], rule: Rule) -> Checked:
    problems = [f"{record.cell.id}: {line}" for record in records for line in rule(record)]
    return Checked(what, len(records), tuple(problems))


def _parts(record: RunRecord) -> Iterable[str]:
    """A tuned model has a selection and a training, the base has none; a primary score exists."""
    tuned = record.cell.selector != BASE
    for name in ("selection", "training"):
        if (getattr(record, name) is not None) != tuned:
            yield f"`{name}` is {'missing' if tuned else 'given, but nothing was trained'}."
    if record.primary_metric not in record.scores:
        yield f"`scores` lacks the primary metric, '{record.primary_metric}'."


def _code(record: RunRecord) -> Iterable[str]:
    made = record.environment
    if made is None:
        yield "`environment` is missing, so nobody knows what made it."
    elif made.dirty:
        yield (
            "was made with uncommitted changes in the code: commit them and run it again into "
            "another folder (`--out`), as a run takes records that are there as done."
        )
    elif made.commit is None and not RELEASED.fullmatch(made.igds_bench):
        yield (
            f"was made by igds-bench {made.igds_bench} outside a checkout, which is no released "
            "version: run it with a released one, or from a clean checkout."
        )


def _pinned(record: RunRecord) -> Iterable[str]:
    for name in PINNED:
        if name not in record.revisions:
            yield f"`revisions.{name}` is missing."
    for name, revision in record.revisions.items():
        if not RESOLVED.fullmatch(revision):
            yield f"`revisions.{name}` is {revision!r}, and should be a commit or a hash."


def _budget(record: RunRecord) -> Iterable[str]:
    """The number of rows is what the budget asks for, or their tokens are within it."""
    selection, label = record.selection, record.cell.budget
    if selection is None:
        return
    if selection.matched is not None and selection.matched.by in ("tokens", "compute"):
        return  # a control that matches another's tokens or compute has no count to keep
    try:
        wanted = Budget.parse(label).count(selection.pool_size) if label else selection.pool_size
    except DataError as error:
        yield str(error)
        return
    if wanted is not None and selection.n != wanted:
        asked = label or "the whole pool"
        yield f"{selection.n} rows are chosen, and {asked} of {selection.pool_size} is {wanted}."
    if wanted is None and label and selection.tokens > Budget.parse(label).amount:
        yield f"{selection.tokens} tokens are chosen, which is more than {label}."


def _bounds(record: RunRecord) -> Iterable[str]:
    wrong = out_of_bounds(record)
    return [f"{wrong}."] if wrong else []


def _versions(record: RunRecord) -> Iterable[str]:
    for name, score in record.scores.items():
        current = METRICS[name]().version if name in METRICS else score.version
        if score.version < current:
            yield (
                f"{name} is of version {score.version}, and this version computes {current}: "
                "`igds-bench rescore` computes it again from the generations."
            )
        if score.version > current:
            yield f"{name} is of version {score.version}; this version knows {current}: update."


def _manifests(folder: Path, records: Sequence[RunRecord]) -> Checked:
    """Every selection's manifest is there, has its ids once each, and hashes to its name."""
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


def _examples(folder: Path, records: Sequence[RunRecord]) -> list[Checked]:
    """Every record's examples are there, once each, and their statistics give its scores."""
    groups: dict[str, list[RunRecord]] = defaultdict(list)
    for record in records:
        groups[table_name(record.cell)].append(record)
    rows: list[str] = []
    scores: list[str] = []
    for group in groups.values():
        known = len(rows)
        there = _counted(folder, group, rows)
        if len(rows) > known:  # said once, not of every record in the file
            continue
        rows += [f"{r.cell.id}: {line}" for r in group for line in _row_problems(r, there)]
        present = [record for record in group if record.key in there]
        metrics = {name for record in present for name in record.scores if "/" not in name}
        for metric in sorted(metrics):
            scores += _score_problems(folder, present, metric)
    return [
        Checked("the test examples of every record are there", len(records), tuple(rows)),
        Checked("stored statistics give the scores", len(records), tuple(dict.fromkeys(scores))),
    ]


def _score_problems(folder: Path, records: Sequence[RunRecord], metric: str) -> list[str]:
    """Name the records whose stored statistics of a metric are missing or don't give its score."""
    stored = read_statistics([folder], records, metric)
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
