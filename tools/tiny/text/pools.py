"""Pools and target splits of the three tasks and of their ``-b`` variants.

A pool is made of sources, as real pools are; each source has a prompt style of its own. Shares and
styles are fixed here and were never tuned to a selector. A variant has another pool and the same
target splits, so that its scores stand beside the first pool's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from random import Random
from typing import Any, NamedTuple

from igds_bench.builtin.tiny import VARIANT
from tools.tiny.text.skills import draw_skill
from tools.tiny.text.styles import near_duplicate, restyle
from tools.tiny.text.tasks import TASKS, Exercise, Task

SEED = 1
"""Seed of everything that is drawn: data, corpus, models and SAEs."""
TARGET_SIZES = {"prior": 100, "dev": 1024, "tune": 200, "probe": 200, "test": 500}
"""Rows by target split; all are clean, on-task and plain."""
OTHER_TASK_SHARE = 0.3
"""Share of the other tasks' exercises among off-task rows; the rest are component skills."""
COPIED_ROWS = 20
"""Number of clean rows that the near-duplicates are copies of."""


class Source(NamedTuple):
    """One source of a pool."""

    rows: int
    styles: Mapping[str, float]
    """Style name -> share."""
    wrong: bool = False
    """Whether the answers are wrong."""


_PLAIN = {"plain": 1.0}
_OFF_TASK = {"plain": 0.5, "polite": 0.25, "numbered": 0.05, "sloppy": 0.2}
POOL_A = {
    "clean": Source(240, {"plain": 0.8, "polite": 0.2}),
    "wrong": Source(160, {"plain": 0.7, "numbered": 0.3}, wrong=True),
    "off-task": Source(320, _OFF_TASK),
    "near-duplicate": Source(80, _PLAIN),
}
"""Wrong answers stand under prompts that look almost like the clean ones."""
POOL_B = {
    "clean": Source(268, _PLAIN),
    "sloppy": Source(160, {"sloppy": 1.0}),
    "sloppy-wrong": Source(106, {"sloppy": 1.0}, wrong=True),
    "off-task": Source(186, _OFF_TASK),
    "near-duplicate": Source(80, _PLAIN),
}
"""Wrong answers come with a sloppy prompt, so that a prompt says something of its answer."""
Row = dict[str, Any]


def normalised(text: str) -> str:
    """Return ``text`` as every style leaves it: lower case, without punctuation."""
    return " ".join(text.lower().translate(str.maketrans("", "", ".,?")).split())


def generator(*parts: object) -> Random:
    """Return a random generator keyed by ``SEED`` and ``parts``."""
    return Random(":".join(str(part) for part in (SEED, *parts)))


def _fresh(task: Task, r: Random, seen: set[str], wrong: bool = False) -> Exercise:
    """Draw an exercise whose core isn't in ``seen``, and add it there."""
    while True:
        exercise = task.draw(r, wrong)
        core = normalised(exercise.core)
        if core not in seen:
            seen.add(core)
            return exercise


@cache
def targets(task_name: str) -> Mapping[str, tuple[Exercise, ...]]:
    """Return the exercises of a task's target splits; no two have the same core."""
    task, seen = TASKS[task_name], set[str]()
    r = generator("targets", task_name)
    return {
        split: tuple(_fresh(task, r, seen) for _ in range(size))
        for split, size in TARGET_SIZES.items()
    }


@cache
def held_out() -> frozenset[str]:
    """Return the normalised cores of every task's target splits."""
    return frozenset(
        normalised(exercise.core)
        for task_name in TASKS
        for split in targets(task_name).values()
        for exercise in split
    )


def _off_task(task: Task, r: Random, seen: set[str]) -> tuple[str, str]:
    """Draw an instruction that isn't the task's: another task's exercise or a component skill."""
    if r.random() < OTHER_TASK_SHARE:
        other = TASKS[r.choice(sorted(set(TASKS) - {task.name}))]
        exercise = _fresh(other, r, seen)
        return exercise.text, exercise.answer
    return draw_skill(r)[1]


def _candidates(
    task: Task, source: str, spec: Source, r: Random, seen: set[str], clean: list[Exercise]
) -> Iterator[tuple[str, str]]:
    """Yield (text, response) pairs of one source without end; clean exercises join ``clean``."""
    while True:
        if source == "near-duplicate":
            original = r.choice(clean[:COPIED_ROWS])
            text, response = near_duplicate(r, original.text), original.answer
        elif source == "off-task":
            text, response = _off_task(task, r, seen)
        else:
            exercise = _fresh(task, r, seen, spec.wrong)
            text, response = exercise.text, exercise.answer
            if source == "clean":
                clean.append(exercise)
        yield restyle(r, text, spec.styles), response


def _pool(name: str, task: Task, sources: Mapping[str, Source]) -> list[Row]:
    """Return the rows of a pool in a seeded random order; no two have the same prompt."""
    r, seen, texts = generator("pool", name), set(held_out()), set[str]()
    rows: list[Row] = []
    clean: list[Exercise] = []
    for source, spec in sources.items():
        candidates = _candidates(task, source, spec, r, seen, clean)
        end = len(rows) + spec.rows
        while len(rows) < end:
            text, response = next(candidates)
            if text not in texts:
                texts.add(text)
                rows.append(_row(task, text, response, source, "pool"))
    r.shuffle(rows)
    return rows


def _row(task: Task, text: str, response: str, source: str, split: str) -> Row:
    """Return a row with the task's own fields."""
    fields = {task.text_field: text, task.response_field: response}
    return {**fields, "source": source, "split": split}


def task_rows(name: str) -> list[Row]:
    """Return all rows of a task or of its variant, pool first.

    Args:
        name: a name in ``tasks.TASKS``, with or without ``-b``.
    """
    task = TASKS[name.removesuffix(VARIANT)]
    rows = _pool(name, task, POOL_B if name.endswith(VARIANT) else POOL_A)
    for split, exercises in targets(task.name).items():
        rows += [_row(task, e.text, e.answer, "clean", split) for e in exercises]
    return rows
