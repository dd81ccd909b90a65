"""Compute the scores of records again from their stored generations, and compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from igds_bench.core.data.reference import Reference
from igds_bench.core.record import RunRecord, Score
from igds_bench.core.record.checked import Checked
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import DataError, StageError
from igds_bench.harness.verify.tables import (
    Measures,
    by_table,
    read_blocks,
    references_in,
    stored_files,
)
from igds_bench.metrics import RESPONSE_LOSS
from igds_bench.metrics.recorded import as_recorded, declared_metric, metric_behind
from igds_bench.metrics.scoring import score, standard_error

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from igds_bench.core.specs import FloatArray
    from igds_bench.plugin.registry import Registries

CLOSE = 1e-6
"""How far a number may be from the recorded one, relative to it or absolute below 1."""
Shown = tuple[str, Reference]
"""Prompt and reference of an example."""
Known = dict[tuple[str, str], tuple[MetricSpec, bool]]
"""By record's key and metric: the metric, and whether it is computed from the texts."""


@dataclass
class _Found:
    """What was computed, over all tables of a folder."""

    recomputed: int = 0
    aggregated: int = 0
    problems: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    """Records with other test examples than the first of their task."""
    unknown: dict[str, str] = field(default_factory=dict)
    """Why a metric could not be computed, by its name."""
    added: dict[str, str] = field(default_factory=dict)
    """Why only the statistics of a metric could be added up, by its name."""
    measures: Measures = field(default_factory=Measures)
    examples: dict[str, dict[str, Shown]] = field(default_factory=dict)
    """(prompt, reference) by task and example."""


def recompute(
    folder: Path,
    records: Sequence[RunRecord],
    registries: Registries,
    tell: Callable[[str], None] = lambda name: None,
) -> list[Checked]:
    """Compute every metric again from the stored generations, without a model.

    ``response_loss`` needs the model, and the metrics of a plugin need the plugin: without it,
    their stored statistics are added up again instead, by what the record says of them. What can't
    be put together either is named, and left.

    Args:
        folder: a run or leaderboard folder.
        records: its successful records.
        registries: what is installed, for the metrics of plugins.
        tell: told of every table before it is read.
    """
    found = _Found()
    for name, group in by_table(records).items():
        tell(name)
        found.measures = Measures()  # remembers texts: one table's are enough to hold at a time
        _recompute_group(folder, group, registries, found)
    return _checks(found, len(records))


def _checks(found: _Found, records: int) -> list[Checked]:
    """Return what was computed as the lines of a checklist."""
    left = "; ".join(f"{name}: {why}" for name, why in sorted(found.unknown.items()))
    return [
        Checked(
            "scores are what the stored generations give",
            found.recomputed,
            tuple(found.problems),
            f"not computed again: {left}." if left else "",
        ),
        Checked(
            "other scores are what their stored statistics give",
            found.aggregated,
            note="; ".join(f"{name}: {why}" for name, why in sorted(found.added.items())),
        ),
        Checked(
            "all records of a task have the same test examples",
            records,
            tuple(found.unlike),
        ),
    ]


def _recompute_group(
    folder: Path, group: Sequence[RunRecord], registries: Registries, found: _Found
) -> None:
    """Compute the scores of one model and task again."""
    known = _known(group, registries, found)
    by_key = {record.key: record for record in group}
    # A record's rows may lie in several row groups, and a score is of all of them together.
    statistics: dict[tuple[str, str], list[FloatArray]] = defaultdict(list)
    seen: dict[str, dict[str, Shown]] = defaultdict(dict)
    for key, rows in _stored_rows(folder, group, found):
        _note_examples(rows, seen[key])
        for name in by_key[key].scores:
            if (key, name) in known:
                values = _values(by_key[key], rows, *known[key, name], found)
                statistics[key, name].append(values)
    _compare_examples(group, seen, found)
    for (key, name), parts in statistics.items():
        metric, from_texts = known[key, name]
        found.recomputed += from_texts
        found.aggregated += not from_texts
        _compare(by_key[key], name, metric, np.concatenate(parts), found)


def _stored_rows(
    folder: Path, group: Sequence[RunRecord], found: _Found
) -> Iterator[tuple[str, pa.Table]]:
    """Yield rows with the key of the record they lie behind; name what can't be read."""
    keys = {record.key for record in group}
    for path in stored_files(folder, group):
        try:
            for table in read_blocks(path):
                yield from split_by_record(table, keys)
        except DataError as error:
            found.problems.append(str(error))


def _known(group: Iterable[RunRecord], registries: Registries, found: _Found) -> Known:
    """Return how every score that can be computed is computed."""
    known: Known = {}
    for record in group:
        for name, recorded in record.scores.items():
            if name == RESPONSE_LOSS.name:
                found.added[name] = "measured with the model, so it can't be computed from texts"
                known[record.key, name] = RESPONSE_LOSS, False
                continue
            metric, why = metric_behind(name, recorded, record.cell.task, registries)
            if metric is not None:
                known[record.key, name] = metric, True
                continue
            lm_eval = "measured by lm-eval, with the code of its task"
            found.unknown[name] = lm_eval if "/" in name else why
            declared = declared_metric(name, recorded)
            if declared is not None:
                found.added[name] = "added up without its texts"
                known[record.key, name] = declared, False
    return known


def split_by_record(table: pa.Table, known: Iterable[str]) -> list[tuple[str, pa.Table]]:
    """Return the rows of each known record that a table holds, by key."""
    keys = np.asarray(table.column("record").to_pylist(), dtype=object)
    order = np.argsort(keys, kind="stable")
    names, starts = np.unique(keys[order].astype(str), return_index=True)
    ends = [*starts[1:], len(order)]
    wanted = set(known)
    return [
        (str(name), table.take(order[start:end]))
        for name, start, end in zip(names, starts, ends, strict=True)
        if name in wanted
    ]


def _values(
    record: RunRecord, rows: pa.Table, metric: MetricSpec, from_texts: bool, found: _Found
) -> FloatArray:
    """Return the statistics of some rows; stored ones that differ are a problem."""
    columns = [f"{metric.name}/{column}" for column in metric.columns]
    missing = [column for column in columns if column not in rows.column_names]
    if missing:
        found.problems.append(f"{record.cell.id}: no column `{missing[0]}` is stored.")
        return found.measures.of(metric, rows) if from_texts else np.zeros((0, len(metric.columns)))
    stored = np.column_stack([rows.column(column).to_numpy() for column in columns])
    if not from_texts:
        return stored
    values = found.measures.of(metric, rows)
    wrong = np.flatnonzero(~_close(values, stored).all(axis=1))
    if len(wrong):
        first = rows.column("example")[int(wrong[0])].as_py()
        found.problems.append(
            f"{record.cell.id}: the stored statistics of {metric.name} are not what the "
            f"generations give for {len(wrong)} of {len(rows)} examples ({first} first)."
        )
    return values


def _close(one: FloatArray, other: FloatArray) -> NDArray[np.bool_]:
    return np.abs(one - other) <= CLOSE * np.maximum(1.0, np.abs(other))


def _compare(
    record: RunRecord, name: str, metric: MetricSpec, statistics: FloatArray, found: _Found
) -> None:
    """Name a score that is not what its statistics give."""
    if not len(statistics):
        return
    recorded = record.scores[name]
    try:
        again = score(metric, statistics)
        stderr = standard_error(as_recorded(metric, recorded), statistics)
    except StageError as error:
        found.problems.append(f"{record.cell.id}: {error}")
        return
    said, here = (_declaration(each) for each in (recorded, again))
    if recorded.aggregation is not None and said != here:
        found.problems.append(
            f"{record.cell.id}: {name} is declared in the record as {said}, and here as {here}."
        )
    if again.n != recorded.n:
        found.problems.append(
            f"{record.cell.id}: {name} is over {recorded.n} examples, and {again.n} are stored."
        )
    for what, new, old in (
        ("", again.value, recorded.value),
        (" standard error", stderr, recorded.stderr),
    ):
        if (new is None) != (old is None) or not _close(np.array(new or 0.0), np.array(old or 0.0)):
            found.problems.append(
                f"{record.cell.id}: the {name}{what} is {old} in the record and {new} by what is "
                "stored."
            )


def _declaration(score: Score) -> str:
    """Return what a score says of its metric."""
    return f"{score.aggregation} of {score.columns} within {score.bounds}"


def _note_examples(rows: pa.Table, seen: dict[str, Shown]) -> None:
    columns = (rows.column(name).to_pylist() for name in ("example", "prompt"))
    for example, prompt, reference in zip(*columns, references_in(rows), strict=True):
        seen[example] = prompt, reference


def _compare_examples(
    group: Iterable[RunRecord], seen: dict[str, dict[str, Shown]], found: _Found
) -> None:
    """Name the records whose examples are not those of the first record of their task."""
    for record in group:
        own = seen.get(record.key)
        if not own:
            continue
        first = found.examples.setdefault(record.cell.task, own)
        if own == first:
            continue
        other = sum(own.get(example) != texts for example, texts in first.items())
        found.unlike.append(
            f"{record.cell.id}: {other} of {len(first)} test examples are not in it, or have "
            "another prompt or reference."
        )
