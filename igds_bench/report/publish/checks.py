"""Check that records may be published: complete, pinned, made by known code, and consistent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from igds_bench.core.grid import BASE
from igds_bench.core.record import RunRecord, Score
from igds_bench.core.record.checked import Checked
from igds_bench.core.selection import Budget
from igds_bench.errors import DataError
from igds_bench.metrics.recorded import Offered, installed, own_metric, todays_metrics
from igds_bench.report.publish.evidence import check_examples, check_manifests
from igds_bench.report.read.admission import out_of_bounds
from igds_bench.report.read.records import Records, read_records

RESOLVED = re.compile(r"(sha256:)?[0-9a-f]{12,64}(\+[0-9a-f]{8})?")
"""A commit, a content key or a hash: what a revision is once it is resolved."""
RELEASED = re.compile(r"\d+(\.\d+)*((a|b|rc|\.post)\d+)?")
"""A version that anyone can install again."""
PINNED = ("base", "data")
"""Revisions that every record names."""

Rule = Callable[[RunRecord], Iterable[str]]


def check_records(folder: Path, plugins: Iterable[Path | str] = ()) -> list[Checked]:
    """Check all that a run or leaderboard folder says, as far as records alone can tell.

    Failed records are only read: they are shown, never scored.

    Args:
        folder: a run or leaderboard.
        plugins: local ones, beside those that are installed, for the metrics they have.

    Raises:
        DataError: the folder holds no records, or two of one cell.
    """
    found = read_records(folder)
    if not (found.ok or found.failed):
        problem = f"{folder}: holds no readable record."
        return [Checked("records can be read", 0, (*found.problems, problem))]
    offered = installed(plugins)
    rules: list[tuple[str, Rule]] = [
        ("records have their cell's parts", _parts),
        ("records were made by code that can be had again", _code),
        ("models, SAEs and data are pinned", _pinned),
        ("budgets are exact", _budget),
        ("scores are within their bounds", _bounds),
        (
            "metrics are of the versions that are computed here",
            lambda record: _versions(record, offered),
        ),
    ]
    checks = [_files(found)]
    checks += [_apply(what, found.ok, rule) for what, rule in rules]
    return [*checks, check_manifests(folder, found.ok), *check_examples(folder, found.ok, offered)]


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


def _versions(record: RunRecord, offered: Offered) -> Iterable[str]:
    for name, score in record.scores.items():
        current = _current(name, score, record.cell.task, offered)
        if score.version < current:
            yield (
                f"{name} is of version {score.version}, and {current} is computed here: "
                "`igds-bench rescore` computes it again from the generations."
            )
        if score.version > current:
            yield f"{name} is of version {score.version}, and {current} is known here: update."


def _current(name: str, score: Score, task: str, offered: Offered) -> int:
    """Return the version of a metric that is computed here; where none is, the recorded one."""
    own = own_metric(name)
    if own is not None and own.version == score.version:
        return own.version  # without looking at plugins
    found = todays_metrics(name, score, task, offered()) if "/" not in name else []
    return next((metric.version for metric in (*found, own) if metric is not None), score.version)
