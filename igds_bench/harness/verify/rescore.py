"""Apply a fixed metric to stored generations, without a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from igds_bench._version import __version__
from igds_bench.core.record import Rescoring, RunRecord, Score
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import ConfigError, DataError
from igds_bench.harness.plan.resolve import find_task
from igds_bench.harness.store import write_text
from igds_bench.harness.verify.recompute import split_by_record
from igds_bench.harness.verify.tables import (
    Measures,
    by_table,
    read_blocks,
    rewrite,
    stored_count,
    stored_files,
)
from igds_bench.metrics import check_requirements, score
from igds_bench.metrics.recorded import metric_behind, own_metric, task_metrics, todays_metrics

if TYPE_CHECKING:
    import pyarrow as pa

    from igds_bench.core.specs import FloatArray
    from igds_bench.plugin.registry import Registries


@dataclass
class Rescored:
    """What was computed again."""

    changed: list[RunRecord] = field(default_factory=list)
    """Records with a new score."""
    unchanged: int = 0
    left: dict[str, str] = field(default_factory=dict)
    """Why a metric was left as it is, by task and name."""


@dataclass(frozen=True)
class _Group:
    """The records of one model and task, and the metrics that apply now."""

    records: Sequence[RunRecord]
    metrics: Sequence[MetricSpec]
    files: Sequence[Path]


def rescore(
    folder: Path, records: Sequence[RunRecord], registries: Registries, task: str = ""
) -> Rescored:
    """Compute scores again with today's metrics, and write them into records and tables.

    A record keeps its key; its ``rescored`` says what it said before, when and by which
    version it was changed. Everything is computed before anything is written.

    Args:
        folder: a run or leaderboard folder.
        records: its successful records.
        registries: the tasks that are installed.
        task: a task's name, or the YAML file that defines it; all tasks of the folder otherwise.

    Raises:
        DataError: no record is of the task, a record's generations are missing, or a metric gives
            other numbers under the version and signature that are recorded.
        ConfigError: a package that a metric needs is missing.
    """
    done = Rescored()
    given = find_task(task, registries).spec if task else None
    chosen = [r for r in records if given is None or r.cell.task == given.name]
    if not chosen:
        names = ", ".join(sorted({record.cell.task for record in records})) or "none"
        raise DataError(
            f"{folder} has no record of task '{given.name if given else task}'; its tasks: {names}."
        )
    groups = []
    for own in by_table(chosen).values():
        metrics = given.tested if given else _current(own, registries, done)
        files = stored_files(folder, own)
        count = stored_count(files)
        groups.append(_Group(own, [m.for_references(count) for m in metrics], files))
    missing = {line for g in groups for m in g.metrics for line in check_requirements(m)}
    if missing:
        raise ConfigError("\n".join(sorted(missing)))
    measures = Measures()
    plans = [(group, _new_records(group, measures, done)) for group in groups]
    for group, changed in plans:
        _write(folder, group, changed, measures)
        done.changed += changed
    return done


def _current(
    group: Sequence[RunRecord], registries: Registries, done: Rescored
) -> list[MetricSpec]:
    """Return today's form of the metrics that records of one task have."""
    task = group[0].cell.task
    found = {metric.name: metric for metric in task_metrics(task, registries)}
    for name, recorded in {n: s for record in group for n, s in record.scores.items()}.items():
        if name in found or name == "response_loss" or "/" in name:
            continue
        metric, why = _todays(name, recorded, task, registries)
        if metric is None:
            done.left[f"{task}, {name}"] = why
        else:
            found[name] = metric
    return list(found.values())


def _todays(
    name: str, recorded: Score, task: str, registries: Registries
) -> tuple[MetricSpec | None, str]:
    """Return today's form of a recorded metric, or None and why there is none."""
    built = todays_metrics(name, recorded, task, registries)
    if built:
        return built[0], ""
    metric, why = metric_behind(name, recorded, task, registries)
    own = own_metric(name)
    if metric is None and own is not None and own.signature == recorded.signature:
        return own, ""  # of another version: its signature says which one it is
    return metric, why


def _new_records(group: _Group, measures: Measures, done: Rescored) -> list[RunRecord]:
    """Return the records of a group whose scores change."""
    statistics: dict[str, dict[str, list[FloatArray]]] = defaultdict(lambda: defaultdict(list))
    keys = {record.key for record in group.records}
    for path in group.files:
        for table in read_blocks(path):
            for key, rows in split_by_record(table, keys):
                for metric in group.metrics:
                    statistics[key][metric.name].append(measures.of(metric, rows))
    changed = []
    for record in group.records:
        if record.key not in statistics:
            raise DataError(f"{record.cell.id}: its generations are missing; nothing was changed.")
        new = {
            metric.name: score(metric, np.concatenate(statistics[record.key][metric.name]))
            for metric in group.metrics
        }
        replaced = {name: s for name, s in new.items() if _is_new(record, name, s)}
        done.unchanged += not replaced
        changed += [_rescored(record, replaced)] if replaced else []
    return changed


def _is_new(record: RunRecord, name: str, new: Score) -> bool:
    """Return whether a score is of another definition than the recorded one.

    Raises:
        DataError: it is of an older version, or of the same one with another value.
    """
    old = record.scores.get(name)
    if old is None:
        return True
    if new.version < old.version:
        raise DataError(
            f"{record.cell.id}: {name} is of version {old.version}, which is newer than the "
            f"{new.version} of the metric at hand: update it. Nothing was changed."
        )
    if (new.version, new.signature) != (old.version, old.signature):
        return True
    if abs(new.value - old.value) > 1e-6:
        raise DataError(
            f"{record.cell.id}: {name} is {old.value} in the record and {new.value} now, under the "
            "same version and signature: raise the metric's `version`, so that old and new scores "
            "can be told apart. Nothing was changed."
        )
    return False


def _rescored(record: RunRecord, new: dict[str, Score]) -> RunRecord:
    """Return a record with new scores, which keeps what it said before."""
    before = {name: record.scores[name] for name in new if name in record.scores}
    now = datetime.now(UTC).replace(microsecond=0)
    replaced = Rescoring(at=now, igds_bench=__version__, before=before)
    return record.model_copy(
        update={
            "scores": {**record.scores, **new},
            "rescored": [*record.rescored, replaced],
        }
    )


def _write(folder: Path, group: _Group, changed: Sequence[RunRecord], measures: Measures) -> None:
    """Write the tables first: records whose tables are newer are found by the next run of this."""
    if not changed:
        return
    keys = {record.key for record in changed}
    for path in group.files:
        if path.parent.name != "examples" or path.stem in keys:
            rewrite(path, _replacing(group.metrics, measures))
    for record in changed:
        place = folder / "records" / f"{record.cell.id}.json"
        write_text(place, record.model_dump_json(indent=1) + "\n")


def _replacing(metrics: Iterable[MetricSpec], measures: Measures) -> Callable[[pa.Table], pa.Table]:
    """Return what replaces the columns of some metrics in a table."""
    import pyarrow as pa

    def change(table: pa.Table) -> pa.Table:
        for metric in metrics:
            values = measures.of(metric, table)
            old = [n for n in table.column_names if n.startswith(f"{metric.name}/")]
            table = table.drop_columns(old)
            for place, column in enumerate(metric.columns):
                table = table.append_column(f"{metric.name}/{column}", pa.array(values[:, place]))
        return table

    return change
