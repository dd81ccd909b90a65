"""A small task on the embedded model and its SAEs: everything a selector can ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from igds_bench.builtin import tiny
from igds_bench.builtin.tasks.tiny import TINY_TASKS
from igds_bench.core.data import Example, Pool, TargetSet, Turn, question_of, turns_id
from igds_bench.core.specs import TaskSpec
from igds_bench.data.splits import TaskData

TOY_MODEL = "tiny"
"""The embedded model, which brings a probe and an SAE suite."""
SIZES = {"pool": 56, "prior": 24, "dev": 8, "tune": 4, "probe": 6, "test": 6}
ODD = (
    {"question": "How many?", "answer": "7", "source": "short"},
    {"question": "How many?", "answer": "7", "source": "short"},
    {"question": "Überall 🍎?", "answer": "Drei Äpfel. #### 3", "source": "unicode"},
    {"question": "Say it again. " * 12, "answer": "again " * 30, "source": "long"},
)
"""Rows that a pool may hold: a repeated one, one beyond ASCII, a long one."""

Row = Mapping[str, Any]


class SplitRead(AssertionError):  # noqa: N818 (a failed check, not an error of the project)
    """Something read a split that no selector may see."""


class Trap:
    """Says whether the reserved splits may be read at the moment."""

    def __init__(self) -> None:
        self.armed = False

    def spring(self, split: str) -> None:
        """Raise where the trap is armed."""
        if self.armed:
            raise SplitRead(f"it read the {split} split, which no selector may see")


class TrapPool(Pool):
    """A pool that can't be read while its trap is armed."""

    def __init__(self, pool: Pool, trap: Trap, split: str) -> None:
        super().__init__(list(pool), pool.name)
        self._trap, self._split = trap, split

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            _spring(self)
        return super().__getattribute__(name)

    def __getitem__(self, index: Any) -> Any:
        _spring(self)
        return super().__getitem__(index)

    def __iter__(self) -> Any:
        _spring(self)
        return super().__iter__()

    def __len__(self) -> int:
        _spring(self)
        return super().__len__()


def _spring(pool: TrapPool) -> None:
    held = object.__getattribute__(pool, "__dict__")
    if "_trap" in held:
        held["_trap"].spring(held["_split"])


def toy_task(trap: Trap | None = None) -> TaskSpec:
    """Return a task of a few rows of the embedded word problems, with some odd rows in its pool.

    Args:
        trap: is sprung where the rows of ``test`` or ``probe`` are read while it is armed.
    """
    whole = next(task for task in TINY_TASKS if task.name == "tiny-math")
    return TaskSpec(
        name="toy",
        prompt=whole.prompt,
        response=whole.response,
        rows=_rows(whole.rows, trap or Trap()),
        metrics=whole.metrics,
        max_new_tokens=8,
        quality=tuple(tiny.QUALITY["tiny-math"]),
    )


def as_chats(data: TaskData) -> TaskData:
    """Return data whose pool and target samples are chats: a system's turn and two exchanges."""
    target = data.target
    return replace(
        data,
        pool=_chats(data.pool),
        target=TargetSet(_chats(target.prior), _chats(target.dev), _chats(target.tune)),
    )


def _chats(pool: Pool) -> Pool:
    return Pool.from_rows((_chat(example) for example in pool), pool.name)


def _chat(example: Example) -> Example:
    before = (Turn("system", "Be brief."), Turn("user", "Hello."), Turn("assistant", "Hello."))
    asked, said = Turn("user", example.prompt), Turn("assistant", example.response, scored=True)
    turns = (*before, asked, said)
    return replace(example, id=turns_id(turns), prompt=question_of(turns), turns=turns)


def _rows(rows: Callable[[str], Iterable[Row]], trap: Trap) -> Callable[[str], list[Row]]:
    def read(split: str) -> list[Row]:
        if split in ("test", "probe"):
            trap.spring(split)
        chosen = list(rows(split))[: SIZES[split]]
        return _scored([*chosen, *ODD]) if split == "pool" else chosen

    return read


def _scored(rows: Sequence[Row]) -> list[Row]:
    """Add scores as others may have given them: with ties, numbers as text, and one missing."""
    found: list[Row] = []
    for number, row in enumerate(rows):
        score = None if number == 5 else number * 7 % 20 / 4
        text = str(score) if score is not None and number % 3 == 0 else score
        scores = {"score": text, "quality_scores": text, "complexity_scores": [1 + number % 4]}
        found.append({**row, **scores})
    return found
