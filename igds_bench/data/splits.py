"""A task's data: read every split, keep them disjoint, and say what was left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from igds_bench.core.data import SPLITS, Pool, TargetSet
from igds_bench.core.record import DataFacts
from igds_bench.core.seeding import content_key, keyed_uniform
from igds_bench.core.specs import TaskSpec
from igds_bench.data.examples import to_examples
from igds_bench.data.references import to_measured
from igds_bench.errors import DataError

Row = Mapping[str, Any]


def carve(rows: Sequence[Row], sizes: Mapping[str, int]) -> dict[str, list[Row]]:
    """Split rows by a hash of their content, whatever their order; the rest is the ``pool``.

    Rows that are equal in every field fall into the same split.

    Raises:
        DataError: there are not enough rows.
    """
    wanted = sum(sizes.values())
    if wanted >= len(rows):
        raise DataError(
            f"splits of {wanted} rows in all can't be carved from {len(rows)}, with some left."
        )
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

    def not_reserved(self, pool: Pool) -> Pool:
        """Return a pool less the rows whose prompt is in a target, probe or test split."""
        taken = {example.prompt for split in self.reserved.values() for example in split}
        return pool.take(example.id for example in pool if example.prompt not in taken)

    def facts(self) -> DataFacts:
        """Return sizes, duplicates and drops, for the record."""
        return DataFacts(
            pool=len(self.pool),
            **{name: len(split) for name, split in self.reserved.items()},
            exact_duplicates=self.pool.duplicates,
            dropped={reason: n for reason, n in self.dropped.items() if n},
        )

    def notes(self) -> list[str]:
        """Return one sentence for each reason that rows were left out, and for duplicates."""
        lines = [f"{n} pool rows are left out: {why}." for why, n in self.dropped.items() if n]
        if self.pool.duplicates:
            lines.append(
                f"{self.pool.duplicates} pool rows repeat an earlier row exactly; they are kept "
                "(`dedup: true` drops them)."
            )
        return lines


def load_task_data(task: TaskSpec, *, drop_overlap: bool = False, dedup: bool = False) -> TaskData:
    """Read every split of a task.

    Args:
        task: its ``rows`` are asked for each split.
        drop_overlap: drop pool rows whose prompt is in the test split, instead of refusing.
        dedup: drop exact duplicates inside the pool.

    Raises:
        DataError: a split is missing or empty, the pool and the test split overlap, or the test
            split overlaps another.
    """
    splits = {name: _split(task, name) for name in SPLITS}
    pool, dropped = splits.pop("pool"), {}
    _refuse_overlap_of_targets(task.name, splits)
    pool, dropped["their prompt is in the test split"] = _without(
        pool, splits["test"], None if drop_overlap else _overlap_message(task.name)
    )
    reserved = (splits[name] for name in ("prior", "dev", "tune", "probe"))
    taken = {example.prompt for split in reserved for example in split}
    kept = pool.take(example.id for example in pool if example.prompt not in taken)
    dropped["their prompt is a target or probe sample"] = len(pool) - len(kept)
    if dedup:
        unique = kept.without_duplicates()
        dropped["exact duplicates"] = len(kept) - len(unique)
        kept = unique
    if not len(kept):
        raise DataError(f"task '{task.name}': the pool is empty.")
    return TaskData(
        pool=kept,
        target=TargetSet(splits["prior"], splits["dev"], splits["tune"]),
        probe=splits["probe"],
        test=splits["test"],
        revision=task.revision,
        dropped=dropped,
    )


def _split(task: TaskSpec, name: str) -> Pool:
    try:
        rows: list[Row] = list(task.rows(name))
    except KeyError:
        raise DataError(
            f"task '{task.name}' has no split '{name}'; a task needs {', '.join(SPLITS)}."
        ) from None
    if not rows:
        raise DataError(f"task '{task.name}': split '{name}' is empty.")
    if name == "pool":
        return to_examples(rows, task, f"{task.name}/{name}")
    return to_measured(rows, task, f"{task.name}/{name}", required=name == "test")


def _refuse_overlap_of_targets(task: str, splits: Mapping[str, Pool]) -> None:
    test = {example.prompt for example in splits["test"]}
    for name, split in splits.items():
        shared = sum(example.prompt in test for example in split)
        if name != "test" and shared:
            raise DataError(
                f"task '{task}': {shared} prompts of split '{name}' are in the test split too: "
                "a selector would see what it is tested on. Make the splits disjoint."
            )


def _overlap_message(task: str) -> Callable[[Sequence[int]], str]:
    def message(rows: Sequence[int]) -> str:
        shown = ", ".join(str(row + 1) for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
        return (
            f"task '{task}': {len(rows)} pool rows have a prompt of the test split (row {shown}): "
            "training on them would be training on the test. Remove them, or set "
            "`drop_overlap: true` to drop and record them."
        )

    return message


def _without(
    pool: Pool, test: Pool, message: Callable[[Sequence[int]], str] | None
) -> tuple[Pool, int]:
    """Return the pool less the test's prompts, and how many went; or refuse with the message."""
    prompts = {example.prompt for example in test}
    inside = [example.row for example in pool if example.prompt in prompts]
    if inside and message is not None:
        raise DataError(message(inside))
    kept = pool.take(example.id for example in pool if example.prompt not in prompts)
    return kept, len(inside)
