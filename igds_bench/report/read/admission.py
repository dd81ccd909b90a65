"""Which records a verdict may rest on: the others are named, never averaged silently."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from igds_bench.core.record import RunRecord, Score
from igds_bench.metrics.recorded import bounds_of

Version = tuple[str, ...]
SLACK = 1e-6


def admit(
    records: Sequence[RunRecord], folders: Sequence[Path]
) -> tuple[list[RunRecord], list[str]]:
    """Return the records that can be compared, and one sentence for every other.

    Left out are records with a metric outside its bounds, without the manifest of their selection,
    or of another version of metric, data or base model than most of their model and task.
    """
    kept, problems = [], []
    manifests = {path.stem for folder in folders for path in (folder / "manifests").glob("*.json")}
    for record in records:
        wrong = out_of_bounds(record) or _without_manifest(record, manifests)
        problems += [f"{record.cell.id}: {wrong}; left out."] if wrong else []
        kept += [] if wrong else [record]
    groups: dict[tuple[str, str], list[RunRecord]] = defaultdict(list)
    for record in kept:
        groups[record.cell.model, record.cell.task].append(record)
    compared = []
    for group in groups.values():
        same, named = split_versions(group)
        compared += same
        problems += named + _different_training(same)
    return compared, problems


def split_versions(records: Sequence[RunRecord]) -> tuple[list[RunRecord], list[str]]:
    """Return the records of the most frequent version of one model and task, and show the rest.

    A version is the primary metric's name, version and signature, and the revisions of data and
    base model. Among equally frequent ones the newer metric counts, then the newest record.
    """
    groups: dict[Version, list[RunRecord]] = defaultdict(list)
    for record in records:
        groups[_version(record)].append(record)
    if len(groups) < 2:
        return list(records), []

    def weight(version: Version) -> tuple[int, int, float]:
        own = groups[version]
        newest = max(record.created.timestamp() for record in own)
        return len(own), int(version[1] or 0), newest

    chosen = max(groups, key=weight)
    problems = []
    for version, own in groups.items():
        if version != chosen:
            what = ", ".join(
                f"{name} {found or 'unknown'} instead of {wanted or 'unknown'}"
                for name, found, wanted in zip(_NAMES, version, chosen, strict=True)
                if found != wanted
            )
            ids = ", ".join(record.cell.id for record in own[:3])
            more = f" and {len(own) - 3} more" if len(own) > 3 else ""
            problems.append(
                f"{ids}{more}: {what}; shown apart, left out of the verdict: {_means(own)}."
            )
    return groups[chosen], problems


def _means(records: Sequence[RunRecord]) -> str:
    """Return what records say by themselves: ``igds at 25% 31.20 (3 cells)`` for every row."""
    rows: dict[str, list[float]] = defaultdict(list)
    for record in records:
        where = f"{record.cell.selector} at {record.cell.budget}"
        score = record.scores.get(record.primary_metric)
        if score is not None:
            rows[where if record.cell.budget else record.cell.selector].append(score.value)
    return ", ".join(
        f"{row} {fmean(values):.2f} ({len(values)} cell{'' if len(values) == 1 else 's'})"
        for row, values in rows.items()
    )


_NAMES = ("primary metric", "metric version", "metric signature", "data", "base model")


def _version(record: RunRecord) -> Version:
    score = record.scores.get(record.primary_metric)
    return (
        record.primary_metric,
        str(score.version) if score else "",
        score.signature if score else "",
        record.revisions.get("data", ""),
        record.revisions.get("base", ""),
    )


def out_of_bounds(record: RunRecord) -> str:
    """Return which score of a record is no number or outside its metric's bounds, or nothing."""
    for name, score in record.scores.items():
        low, high = bounds_of(name, score)
        if not _is_within(score, low, high):
            return f"{name} = {score.value:g} is outside {low:g} to {high:g}"
    return ""


def _is_within(score: Score, low: float, high: float) -> bool:
    return math.isfinite(score.value) and low - SLACK <= score.value <= high + SLACK


def _without_manifest(record: RunRecord, manifests: set[str]) -> str:
    selection = record.selection
    if selection is None or selection.fingerprint in manifests:
        return ""
    return (
        f"its selection's manifest, manifests/{selection.fingerprint}.json, is missing, so nobody "
        "can see what was chosen"
    )


def _different_training(records: Sequence[RunRecord]) -> list[str]:
    """Name the groups whose cells were trained with different settings."""
    found = Counter(_training(record) for record in records if record.training is not None)
    if len(found) < 2:
        return []
    cell = records[0].cell
    return [
        f"{cell.task}, {cell.model}: its records were made with {len(found)} different training "
        "settings, so its rows can't be compared."
    ]


def _training(record: RunRecord) -> str:
    """Return the training settings that determine weights, as text."""
    settings = record.settings
    known = settings.train.key_fields() if settings.train is not None else {}
    return json.dumps([known, settings.other.get("train")], sort_keys=True)
