"""Run a grid: every cell's stages, then its record, then the observers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from igds_bench.config import BenchConfig
from igds_bench.core.record import RunRecord
from igds_bench.errors import PlanError
from igds_bench.harness.outputs.features import features_path
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.forecast import check_disk
from igds_bench.harness.plan.graph import Plan, Stage
from igds_bench.harness.plan.kinds import Kinds
from igds_bench.harness.plan.resolve import open_grid
from igds_bench.harness.plan.results import Results
from igds_bench.harness.plan.workbench import Workbench
from igds_bench.harness.progress import Progress
from igds_bench.harness.run.cells import CellRunner
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.execute import Executor
from igds_bench.harness.run.journal import Journal
from igds_bench.harness.run.open_run import set_threads
from igds_bench.harness.run.reuse import Published
from igds_bench.harness.stages import KINDS
from igds_bench.harness.store import Store, write_text
from igds_bench.plugin.manager import Plugins


@dataclass
class Outcome:
    """What a run did."""

    folder: Path
    computed: int = 0
    """Cells with at least one stage computed now."""
    reused: int = 0
    """Cells whose every stage was already there."""
    failed: list[RunRecord] = field(default_factory=list)


def run_grid(
    config: BenchConfig,
    folder: Path | None = None,
    console: Console | None = None,
    only: str = "",
    reuse: Sequence[Path] = (),
    kinds: Kinds = KINDS,
) -> Outcome:
    """Run every cell of a grid that has no record yet.

    Args:
        config: the grid.
        folder: the run folder; ``runs/<name>`` by default.
        console: where progress is shown; None shows nothing.
        only: run only cells whose id contains this text. Several processes may share a run folder
            if their cells differ.
        reuse: published leaderboards or other runs; a record of theirs whose key equals a cell's is
            taken as that cell's. What a key hangs on, the ranking above all, is computed here.
        kinds: the table of kinds of stage.

    Raises:
        PlanError: something in the grid can't work; nothing has run.
        DataError: a folder to reuse holds no records.
    """
    published = Published(reuse)
    plugins, bench = open_grid(config)
    set_threads(config.threads)
    store = Store(folder or Path("runs") / config.name)
    whole = make_plan(bench, kinds)
    executor = Executor(bench, _chosen(whole, only), store, Progress(console), run=uuid.uuid4().hex)
    _set_aside(whole, store)
    write_text(store.root / "grid.yaml", dump_config(config))
    journal, summary = Journal(store.root), check_disk(executor.plan, bench, store)
    _observe(executor, journal, plugins)
    estimates = {s["label"]: s["seconds"] for s in summary.stages if not s["done"]}
    journal.begin(executor.plan, kinds, estimates)
    runner = CellRunner(LocalEngine(executor), published, plugins.notify)
    _run_all(runner, journal)
    return Outcome(store.root, runner.computed, runner.reused, runner.failed)


def _run_all(runner: CellRunner, journal: Journal) -> None:
    """Run the cells one after another, then what is told beside them."""
    executor = runner.engine.executor
    with executor.progress.grid(len(executor.plan.records)):
        for stage in executor.plan.records:
            _release_others(executor.bench, stage.at.model)
            journal.cell(stage.params["cell"])
            journal.done(runner.run(stage))
        for stage in executor.plan.ends:
            if stage.kind != "record":
                runner.engine.attempt(stage)
    journal.end()


def _observe(executor: Executor, journal: Journal, plugins: Plugins) -> None:
    """Tell the journal and the plugins of every stage that begins and ends."""

    def started(stage: Stage) -> None:
        journal.stage(stage.label)
        plugins.notify("igds_stage_started", stage=stage)

    executor.on_start = started
    executor.on_end = lambda **facts: plugins.notify("igds_stage_finished", **facts)


def _release_others(bench: Workbench, model: str | None) -> None:
    """Let the loaded models go that the next cell is not of."""
    for name, entry in bench.models.items():
        if name != model:
            entry.release()


def _chosen(plan: Plan, only: str) -> Plan:
    """Return the plan of the cells whose id contains a text, and of what is said beside them.

    Raises:
        PlanError: none does.
    """
    records = [stage for stage in plan.records if only in stage.params["cell"]]
    if plan.records and not records:
        raise PlanError(
            [
                f"--only {only}: none of the {len(plan.records)} cells has this in its id, such as "
                f"'{plan.records[-1].params['cell']}'."
            ]
        )
    measured = {
        given.label
        for planned in (stage.planned for stage in records)
        if planned is not None
        for found in planned.amplify
        for given in found.stage.of_kind("features")
    }
    tasks = {stage.at.task for stage in records}
    beside = [s for s in plan.of_kind("explain") if s.inputs[0].label in measured]
    beside += [s for s in plan.of_kind("near-duplicates") if s.at.task in tasks]
    return plan.narrowed([*records, *beside])


def _set_aside(plan: Plan, store: Store) -> None:
    """Move aside the records that the grid no longer has, and remove tables of other features."""
    results = Results(store)
    store.keep_only({stage.params["cell"]: results.key(stage) for stage in plan.records})
    wanted = {features_path(stage, store.root) for stage in plan.of_kind("features")}
    for path in (store.root / "features").glob("*.json"):
        if path not in wanted:
            path.unlink(missing_ok=True)


def dump_config(config: BenchConfig) -> str:
    """Return a grid as YAML; paths below the current folder are relative to it."""
    data = config.model_dump(mode="json", exclude_defaults=True)
    here = str(Path.cwd()) + "/"

    def relative(value: Any) -> Any:
        inside = isinstance(value, str) and value.startswith(here)
        return value.replace(here, "./", 1) if inside else value

    for key in ("models", "tasks", "saes", "plugins"):
        if key in data:
            data[key] = [relative(value) for value in data[key]]
    for entry in data["selectors"]:
        for method in (entry, *entry.get("filters", ())):
            if "params" in method:
                method["params"] = {k: relative(v) for k, v in method["params"].items()}
    return yaml.safe_dump(data, sort_keys=False)
