"""A task's data: read every split, keep them disjoint, and say what was left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from igds_bench.core.data import SPLITS, DataSource, Pool, TargetSet
from igds_bench.core.record import DataFacts
from igds_bench.core.seeding import content_key, keyed_uniform
from igds_bench.core.specs import TaskSpec
from igds_bench.data.examples import RowReader
from igds_bench.data.files.hub import as_read
from igds_bench.data.overlap import refuse_copies, without_copies, without_near_copies
from igds_bench.data.references import to_measured
from igds_bench.errors import DataError

Row = Mapping[str, Any]
NEAR_COPY = "their prompt is a test prompt but for case, white space or Unicode form"


def carve(rows: Sequence[Row], sizes: Mapping[str, int], rest: bool = True) -> dict[str, list[Row]]:
    """Split rows by a hash of their content, whatever their order; the rest is the ``pool``.

    Rows that are equal in every field fall into the same split.

    Args:
        rows: that are split.
        sizes: rows by split.
        rest: whether some must be left.

    Raises:
        DataError: there are not enough rows.
    """
    wanted = sum(sizes.values())
    if wanted + rest > len(rows):
        left = ", with some left" if rest else ""
        raise DataError(f"splits of {wanted} rows in all can't be carved from {len(rows)}{left}.")
    keyed = sorted(rows, key=lambda row: content_key("carve", {k: str(v) for k, v in row.items()}))
    found, start = {}, 0
    for name, size in sizes.items():
        found[name] = keyed[start : start + size]
        start += size
    chosen = {id(row) for part in found.values() for row in part}
    return {**found, "pool": [row for row in rows if id(row) not in chosen]}


@dataclass(frozen=True)
class TaskData:
    """The examples of a task by split."""

    pool: Pool
    target: TargetSet
    probe: Pool
    test: Pool
    revision: str | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Number of pool rows that were left out, by reason."""
    readings: Mapping[str, str] = field(default_factory=dict)
    """How the rows of a split were read, where they lack the template's fields."""
    sources: Sequence[DataSource] = ()
    """Where the rows are from, as they were read."""

    @classmethod
    def without_target(cls) -> TaskData:
        """Return data with every split empty."""
        empty = Pool([])
        return cls(empty, TargetSet(empty, empty, empty), empty, empty)

    @property
    def fingerprint(self) -> str:
        """Hash of all splits."""
        pools = (self.pool, self.probe, self.test)
        return content_key(self.target.fingerprint, [pool.fingerprint for pool in pools])

    @property
    def reserved(self) -> dict[str, Pool]:
        """All splits but the pool, by name."""
        target = {"prior": self.target.prior, "dev": self.target.dev, "tune": self.target.tune}
        return {**target, "probe": self.probe, "test": self.test}

    def with_pool(self, pool: Pool) -> TaskData:
        """Return the same data with another pool."""
        return replace(self, pool=pool)

    def with_target(self, samples: Pool) -> TaskData:
        """Return the same data with other target samples: by hash, half prior, half dev."""
        if len(samples) < 4:
            raise DataError(f"{samples.name}: at least 4 target samples are needed.")
        order = sorted(samples.ids, key=lambda id_: keyed_uniform(0, "target", id_))
        half = len(order) // 2
        target = TargetSet(samples.take(order[:half]), samples.take(order[half:]), Pool([]))
        return replace(self, target=target)

    def not_reserved(self, pool: Pool) -> tuple[Pool, int]:
        """Return a pool less the rows whose prompt is in a target, probe or test split.

        Returns:
            The rows that are kept, and how many near-copies of test prompts are not.
        """
        taken = {example.prompt for split in self.reserved.values() for example in split}
        others = without_copies(pool, taken)
        kept = without_near_copies(others, self.test)
        return kept, len(others) - len(kept)

    def facts(self) -> DataFacts:
        """Return sizes, duplicates and drops, for the record."""
        return DataFacts(
            pool=len(self.pool),
            **{name: len(split) for name, split in self.reserved.items()},
            exact_duplicates=self.pool.duplicates,
            dropped={reason: n for reason, n in self.dropped.items() if n},
            sources=list(self.sources) or None,
        )

    def notes(self) -> list[str]:
        """Return one sentence for each reason that rows were left out, and for duplicates."""
        lines = [f"split '{name}' is {how}." for name, how in self.readings.items()]
        lines += [f"{n} pool rows are left out: {why}." for why, n in self.dropped.items() if n]
        if self.pool.duplicates:
            lines.append(
                f"{self.pool.duplicates} pool rows repeat an earlier row exactly; they are kept "
                "(`dedup: true` drops them)."
            )
        return lines


def load_task_data(
    task: TaskSpec, *, drop_overlap: bool = False, dedup: bool = False, test: Pool | None = None
) -> TaskData:
    """Read every split of a task.

    Args:
        task: its ``rows`` are asked for each split.
        drop_overlap: drop pool rows whose prompt is in the test split, instead of refusing.
        dedup: drop exact duplicates inside the pool.
        test: the test split of a task that a benchmark measures; its rows have none.

    Raises:
        DataError: a split is missing or empty, the pool and the test split overlap, or the test
            split overlaps another.
    """
    readings: dict[str, str] = {}
    unread: dict[str, int] = {}
    read = SPLITS if test is None else [name for name in SPLITS if name != "test"]
    splits = {name: _split(task, name, readings, unread) for name in read}
    splits |= {"test": test} if test is not None else {}
    pool = splits.pop("pool")
    _refuse_overlap_of_targets(task.name, splits)
    if not drop_overlap:
        refuse_copies(task.name, pool, (example.prompt for example in splits["test"]))
    kept, dropped = _kept(pool, splits, dedup)
    if not len(kept):
        raise DataError(f"task '{task.name}': the pool is empty.")
    return TaskData(
        pool=kept,
        target=TargetSet(splits["prior"], splits["dev"], splits["tune"]),
        probe=splits["probe"],
        test=splits["test"],
        revision=task.revision,
        dropped=unread | dropped,
        readings=readings,
        sources=tuple(map(as_read, task.sources)),
    )


def _kept(pool: Pool, splits: Mapping[str, Pool], dedup: bool) -> tuple[Pool, dict[str, int]]:
    """Return the rows of the pool that may be selected, and how many go for which reason."""
    test = {example.prompt for example in splits["test"]}
    reserved = (splits[name] for name in ("prior", "dev", "tune", "probe"))
    taken = {example.prompt for split in reserved for example in split}
    steps: dict[str, Callable[[Pool], Pool]] = {
        "their prompt is in the test split": lambda rows: without_copies(rows, test),
        NEAR_COPY: lambda rows: without_near_copies(rows, splits["test"]),
        "their prompt is a target or probe sample": lambda rows: without_copies(rows, taken),
    }
    if dedup:
        steps["exact duplicates"] = Pool.without_duplicates
    dropped = {}
    for reason, step in steps.items():
        before = len(pool)
        pool = step(pool)
        dropped[reason] = before - len(pool)
    return pool, dropped


def _split(task: TaskSpec, name: str, readings: dict[str, str], unread: dict[str, int]) -> Pool:
    """Return the examples of a split; ``unread`` gets what the pool's rows were chosen from."""
    try:
        given = task.rows(name)
        rows: list[Row] = list(given)
        unread |= getattr(given, "left_out", {}) if name == "pool" else {}
    except KeyError:
        raise DataError(
            f"task '{task.name}' has no split '{name}'; a task needs {', '.join(SPLITS)}."
        ) from None
    if not rows:
        raise DataError(f"task '{task.name}': split '{name}' is empty.")
    called = f"{task.name}/{name}"
    if name != "pool" and (task.references or task.group_references):
        return to_measured(rows, task, called, required=name == "test")
    reader = RowReader(task, called)
    pool = Pool.from_rows(reader.examples(rows), called)
    if not reader.by_template:
        readings[name] = reader.said()
    return pool


def _refuse_overlap_of_targets(task: str, splits: Mapping[str, Pool]) -> None:
    test = {example.prompt for example in splits["test"]}
    for name, split in splits.items():
        shared = sum(example.prompt in test for example in split)
        if name != "test" and shared:
            raise DataError(
                f"task '{task}': {shared} prompts of split '{name}' are in the test split too: "
                "a selector would see what it is tested on. Make the splits disjoint."
            )
