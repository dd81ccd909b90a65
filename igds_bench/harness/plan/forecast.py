"""What a grid would run: stages done and to do, with estimated time, FLOPs, memory and disk."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from igds_bench.config import BenchConfig
from igds_bench.errors import PlanError
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.cost import Rates
from igds_bench.harness.plan.graph import Plan, Stage
from igds_bench.harness.plan.kinds import Kinds
from igds_bench.harness.plan.resolve import open_grid
from igds_bench.harness.plan.results import Results
from igds_bench.harness.plan.workbench import Workbench
from igds_bench.harness.store import Store

BASE_MEMORY = 700_000_000
"""Bytes that the libraries themselves take, measured after importing all of them."""


@dataclass
class Forecast:
    """A plan in numbers."""

    folder: str
    cells: int = 0
    cells_done: int = 0
    stages: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    """Of the stages that are to run."""
    flops: float = 0.0
    memory_bytes: int = BASE_MEMORY
    """Peak over all stages."""
    disk_bytes: int = 0
    free_bytes: int = 0
    notes: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    """Kinds of stage, as they follow one another."""
    forwards: list[str] = field(default_factory=list)
    """What the pools are forwarded for: one line per forward."""

    @property
    def by_kind(self) -> list[dict[str, Any]]:
        """Return totals per kind of stage; seconds and FLOPs of what is to run."""
        rows: dict[str, dict[str, Any]] = {}
        for stage in self.stages:
            row = rows.setdefault(
                stage["kind"],
                {"kind": stage["kind"], "total": 0, "done": 0, "seconds": 0.0, "flops": 0.0},
            )
            row["total"] += 1
            row["done"] += stage["done"]
            if not stage["done"]:
                row["seconds"] += stage["seconds"]
                row["flops"] += stage["flops"]
        order = list(dict.fromkeys([*self.kinds, *rows]))
        return sorted(rows.values(), key=lambda row: order.index(row["kind"]))

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {**asdict(self), "by_kind": self.by_kind}


def forecast(config: BenchConfig, kinds: Kinds, folder: Path | None = None) -> Forecast:
    """Check a grid and say what it would run.

    Raises:
        PlanError: something in the grid can't work.
    """
    _, bench = open_grid(config)
    store = Store(folder or Path("runs") / config.name)
    summary = forecast_plan(make_plan(bench, kinds), bench, store)
    summary.kinds = list(kinds)
    return summary


def forecast_plan(plan: Plan, bench: Workbench, store: Store) -> Forecast:
    """Say what a plan would run, given what the run folder holds."""
    states, rates = stage_states(plan, store), Rates(store)
    summary = Forecast(str(store.root), cells=len(plan.cells), notes=_notes(bench))
    summary.cells_done = sum(states[record.label] for record in plan.records)
    summary.forwards = _forwards(plan)
    seen: set[str] = set()
    weights = 0
    for label, stage in plan.stages.items():
        work, done = stage.does.cost(stage, bench), states[label]
        seconds = rates.seconds(stage.does, work)
        summary.stages.append(
            {
                "kind": stage.kind,
                "label": label,
                "done": done,
                "seconds": seconds,
                "flops": work.flops,
            }
        )
        if done or _same_work(stage, seen):
            continue
        summary.seconds += seconds
        summary.flops += work.flops
        summary.memory_bytes = max(summary.memory_bytes, BASE_MEMORY + work.memory_bytes)
        if stage.does.transient and not bench.config.train.keep_weights:
            weights = max(weights, work.disk_bytes)  # of one cell at a time
        else:
            summary.disk_bytes += work.disk_bytes
    summary.disk_bytes += weights
    summary.free_bytes = _free(store.root)
    return summary


def _same_work(stage: Stage, seen: set[str]) -> bool:
    """Return whether another output's stage already does this one's work."""
    known = bool(stage.group) and stage.group in seen
    seen.add(stage.group)
    return known


def _forwards(plan: Plan) -> list[str]:
    """Return one line per forward over a pool: who reads it, and what for."""
    found: dict[str, tuple[str, list[str], set[str]]] = {}
    for stage in plan.stages.values():
        for given in stage.of_kind("forward", "activations"):
            what, name = _what_is_read(given)
            _, names, users = found.setdefault(given.group or what, (what, [], set()))
            names += [name] if name not in names else []
            users.add(str(stage.at.selector))
    return [f"{w}: {', '.join(n)} for {', '.join(sorted(u))}" for w, n, u in found.values()]


def _what_is_read(stage: Stage) -> tuple[str, str]:
    """Return what a forward goes over, and what is read of it."""
    read = stage.quantity
    if read is None:
        what = f"{stage.params['role']} of {stage.at.model}, prompts up to a feature's layer"
        return f"{stage.at.task}, {what}, {stage.at.saes}", "features at t*"
    what = f"{stage.at.task}, {read.model} of {stage.at.model}, {read.view}"
    return what + (" of the target" if read.over == "target" else ""), read.name


def stage_states(plan: Plan, store: Store) -> dict[str, bool]:
    """Return by label whether nothing of a stage is left to run.

    What is missing and nothing needs is not run: training behind a record that was published, say.
    Weights that were dropped and that a new measure needs are.
    """
    results, to_run = Results(store), set[str]()

    def visit(stage: Stage, whole: bool = False) -> None:
        is_there = results.is_whole if whole else results.is_done
        if stage.label in to_run or is_there(stage):
            return
        to_run.update(s.label for s in plan.group_of(stage) if s is stage or not is_there(s))
        for given in stage.inputs:
            visit(given, whole=stage.does.measures_model)

    for stage in plan.ends:
        visit(stage)
    return {label: label not in to_run for label in plan.stages}


def check_disk(plan: Plan, bench: Workbench, store: Store) -> Forecast:
    """Say what a plan would run; refuse where the disk can't hold what it would write.

    Raises:
        PlanError: says how much is needed and how much is free.
    """
    summary = forecast_plan(plan, bench, store)
    if summary.disk_bytes > summary.free_bytes:
        raise PlanError(
            [
                f"about {summary.disk_bytes / 1e6:,.0f} MB will be written below {store.root}, and "
                f"{summary.free_bytes / 1e6:,.0f} MB are free: make room, choose another folder "
                "with --out, or set `train.keep_weights: false`."
            ]
        )
    return summary


def _free(folder: Path) -> int:
    existing = next(
        path for path in (folder.absolute(), *folder.absolute().parents) if path.exists()
    )
    return shutil.disk_usage(existing).free


def _notes(bench: Workbench) -> list[str]:
    """Return what was left out of the data, and what training will cut or drop of it."""
    notes = []
    for name, task in bench.tasks.items():
        notes += [f"task '{name}': {note}" for note in task.notes()]
        for model in bench.models:
            lengths = bench.trained_lengths(model, name)
            if lengths.cut or lengths.dropped:
                notes.append(
                    f"task '{name}', model '{model}': of {lengths.rows} pool rows {lengths.cut} "
                    f"are cut and {lengths.dropped} dropped where training chooses them, at "
                    f"{lengths.limit} tokens (`train.sft.max_length`)."
                )
    return notes
