"""The journal of a run: what its processes are at, written for whoever watches from outside.

Every process appends lines of JSON to a file of its own, ``progress/<host>-<process>.jsonl``: first
what it is going to do, then what it starts and ends. Nothing that a run computes is read from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from igds_bench.core.record import RunRecord
from igds_bench.harness.plan.graph import Plan, Stage, behind
from igds_bench.harness.stages.record import planned_cell

FOLDER = "progress"


class Journal:
    """Writes one process's file; where it can't, the run goes on and nobody can watch it.

    Args:
        root: the run folder. Files of processes that have ended are removed from it.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / FOLDER / f"{platform.node()}-{os.getpid()}.jsonl"
        with contextlib.suppress(OSError):
            for told in read_journals(root):
                if not told.is_alive:
                    (root / FOLDER / told.file).unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)

    def begin(self, plan: Plan, kinds: Iterable[str], to_do: Mapping[str, float]) -> None:
        """Write down what the process is going to do.

        Args:
            plan: the cells in the order they will be run, and what is run after them.
            kinds: names of the kinds of stage, as they follow one another.
            to_do: estimated seconds by label of the stages that aren't computed.
        """
        stages: dict[str, tuple[int, Stage]] = {}
        cells = {}
        for record in plan.records:
            cell, own = planned_cell(record).cell, behind([record])
            missing = [stage for stage in own if stage.label in to_do]
            for stage in missing:
                stages.setdefault(stage.label, (len(stages), stage))
            numbers = [stages[stage.label][0] for stage in missing]
            cells[cell.id] = [cell.task, cell.model, cell.selector, numbers]
        last = [s for s in plan.ends if s.kind != "record" and s.label in to_do]
        for stage in last:
            stages.setdefault(stage.label, (len(stages), stage))
        self._write(
            process=os.getpid(),
            host=platform.node(),
            kinds=list(kinds),
            cells=cells,
            after=[stages[stage.label][0] for stage in last],
            stages=[[label, s.kind, to_do[label]] for label, (_, s) in stages.items()],
        )

    def stage(self, label: str) -> None:
        """Write that a stage starts."""
        self._write(stage=label)

    def cell(self, cell: str) -> None:
        """Write that a cell starts."""
        self._write(cell=cell)

    def done(self, record: RunRecord) -> None:
        """Write how a cell ended."""
        score = record.scores.get(record.primary_metric)
        self._write(
            done=record.cell.id,
            status=record.status,
            reason=record.reason,
            score=f"{record.primary_metric} {score.value:.2f}" if score else "",
        )

    def end(self) -> None:
        """Write that the process has done all it was to do."""
        self._write(end=True)

    def _write(self, **facts: Any) -> None:
        line = json.dumps({"at": datetime.now(UTC).isoformat(), **facts})
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as out:
                out.write(line + "\n")


@dataclass
class Told:
    """What a process's journal tells."""

    file: str
    process: int = 0
    host: str = ""
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    last: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When its last line was written."""
    cells: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Task, model and selector by cell id, in the order they are run."""
    behind: dict[str, list[int]] = field(default_factory=dict)
    """Numbers of the stages that each cell hangs on and that were to be computed."""
    after: list[int] = field(default_factory=list)
    """Numbers of the stages that are run after the cells."""
    kinds: list[str] = field(default_factory=list)
    """Kinds of stage, as they follow one another."""
    stages: list[tuple[str, str, float]] = field(default_factory=list)
    """Label, kind and estimated seconds."""
    status: dict[str, str] = field(default_factory=dict)
    """``ok``, ``taken`` (nothing had to be computed) or ``failed``, by cell that has ended."""
    reasons: dict[str, str] = field(default_factory=dict)
    scores: dict[str, str] = field(default_factory=dict)
    cell: str = ""
    """The cell that runs."""
    stage: str = ""
    """The stage that runs."""
    since: datetime | None = None
    took: dict[str, float] = field(default_factory=dict)
    """Seconds by label of the stages that have ended."""
    computing: bool = False
    """Whether the cell that runs had a stage computed for it."""
    ended: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether the process may still write; of another host's, only its own word tells."""
        here = self.host == platform.node()
        return not self.ended and (not here or psutil.pid_exists(self.process))

    def seconds_left(self, now: datetime) -> float:
        """Return the estimated seconds of what is left, scaled by how right the plan was so far."""
        wanted = {n for c, numbers in self.behind.items() if c not in self.status for n in numbers}
        wanted.update(self.after)
        rate = self._rates()
        left = 0.0
        for number in wanted:
            label, kind, estimated = self.stages[number]
            if label in self.took:
                continue
            seconds = estimated * rate.get(kind, rate[""])
            if label == self.stage and self.since is not None:
                seconds = max(0.0, seconds - (now - self.since).total_seconds())
            left += seconds
        return left

    def _rates(self) -> dict[str, float]:
        """Return measured over estimated seconds by kind of stage; of all kinds under ``""``."""
        sums: dict[str, list[float]] = {}
        for label, kind, estimated in self.stages:
            for name in ("", kind) if label in self.took else ():
                pair = sums.setdefault(name, [0.0, 0.0])
                pair[0] += self.took[label]
                pair[1] += estimated
        return {"": 1.0} | {name: a / b for name, (a, b) in sums.items() if b > 0}


def read_journals(root: Path) -> list[Told]:
    """Return what the journals of a run folder tell, the oldest first; broken lines are skipped."""
    found = [_read(path) for path in sorted((root / FOLDER).glob("*.jsonl"))]
    return sorted((told for told in found if told is not None), key=lambda told: told.started)


def _read(path: Path) -> Told | None:
    told = Told(path.name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for number, line in enumerate(lines):
        try:
            facts = json.loads(line)
            at = datetime.fromisoformat(facts["at"])
            _take(told, facts, at, first=number == 0)
        except (ValueError, KeyError, TypeError, IndexError):
            continue
    return told


def _take(told: Told, facts: Mapping[str, Any], at: datetime, first: bool) -> None:
    """Take one line in."""
    if first:
        told.process, told.host, told.started = facts["process"], facts["host"], at
        told.cells = {cell: tuple(value[:3]) for cell, value in facts["cells"].items()}
        told.behind = {cell: value[3] for cell, value in facts["cells"].items()}
        told.after = list(facts["after"])
        told.kinds = list(facts.get("kinds", ()))
        told.stages = [(label, kind, seconds) for label, kind, seconds in facts["stages"]]
    elif told.stage and told.since is not None:
        told.took[told.stage] = (at - told.since).total_seconds()
    told.last = at
    told.stage = str(facts.get("stage", ""))
    told.since = at if told.stage else None
    if "cell" in facts:
        told.cell, told.computing = str(facts["cell"]), False
    told.computing = told.computing or bool(told.stage)
    if "done" in facts:
        cell, ok = str(facts["done"]), facts["status"] == "ok"
        told.status[cell] = "failed" if not ok else "ok" if told.computing else "taken"
        told.reasons[cell], told.scores[cell] = str(facts["reason"]), str(facts["score"])
        told.cell = ""
    told.ended = bool(facts.get("end"))
