"""Run a grid: every cell's stages, then its record, then the observers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from rich.console import Console

from igds_bench.config import BenchConfig
from igds_bench.core.record import RunRecord
from igds_bench.errors import PlanError
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.forecast import check_disk
from igds_bench.harness.plan.graph import Plan, PlannedCell, Stage, cell_key
from igds_bench.harness.plan.resolve import open_grid
from igds_bench.harness.progress import Progress
from igds_bench.harness.run.build_record import build_record, failed_record, retold
from igds_bench.harness.run.execute import Execution, StageFailure
from igds_bench.harness.run.journal import Journal
from igds_bench.harness.run.reuse import Published
from igds_bench.harness.stages.near_duplicates import publish_near_duplicates
from igds_bench.harness.store import Store, write_text


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

    Raises:
        PlanError: something in the grid can't work; nothing has run.
        DataError: a folder to reuse holds no records.
    """
    published = Published(reuse)
    plugins, bench = open_grid(config)
    set_threads(config.threads)
    store = Store(folder or Path("runs") / config.name)
    plan = make_plan(bench)
    chosen = _chosen(plan, only)
    store.keep_only({cell.cell.id: cell_key(cell, store) for cell in plan.cells})
    _drop_stale_features(plan, store)
    write_text(store.root / "grid.yaml", dump_config(config))
    progress = Progress(console)
    journal, summary = Journal(store.root), check_disk(plan, bench, store)

    def started(stage: Stage) -> None:
        journal.stage(stage.label)
        plugins.notify("igds_stage_started", stage=stage)

    execution = Execution(bench, plan, store, progress, started)
    outcome = Outcome(store.root)
    after = _explanations(plan, chosen)
    journal.begin(
        chosen, after, {s["label"]: s["seconds"] for s in summary.stages if not s["done"]}
    )
    with progress.grid(len(chosen)):
        for planned in chosen:
            for name, entry in bench.models.items():
                if name != planned.cell.model:
                    entry.release()
            journal.cell(planned.cell.id)
            journal.done(_run_cell(planned, execution, outcome, plugins.notify, published))
        for stage in after:
            if execution.done(stage):
                publish_explanation(stage, execution)
        for task in {planned.cell.task for planned in chosen}:
            publish_near_duplicates(bench.tasks[task], store)
    journal.end()
    return outcome


def _chosen(plan: Plan, only: str) -> list[PlannedCell]:
    """Return the cells whose id contains a text.

    Raises:
        PlanError: none does.
    """
    chosen = [planned for planned in plan.cells if only in planned.cell.id]
    if plan.cells and not chosen:
        raise PlanError(
            [
                f"--only {only}: none of the {len(plan.cells)} cells has this in its id, such as "
                f"'{plan.cells[-1].cell.id}'."
            ]
        )
    return chosen


def _explanations(plan: Plan, chosen: list[PlannedCell]) -> list[Stage]:
    """Return the explanations of the features that the chosen cells measured."""
    measured = {stage.inputs[-1].label for cell in chosen for stage in cell.amplify}
    return [stage for stage in plan.explanations if stage.inputs[0].label in measured]


def set_threads(threads: int | None) -> None:
    """Set torch's CPU threads; None leaves the number to torch."""
    import torch

    if threads is not None:
        torch.set_num_threads(threads)


def dump_config(config: BenchConfig) -> str:
    """Return a grid as YAML; paths below the current folder are relative to it."""
    data = config.model_dump(mode="json", exclude_defaults=True)
    here = str(Path.cwd()) + "/"
    for key in ("models", "tasks", "saes", "plugins"):
        if key in data:
            data[key] = [str(value).replace(here, "./", 1) for value in data[key]]
    return yaml.safe_dump(data, sort_keys=False)


def _run_cell(
    planned: PlannedCell,
    run: Execution,
    outcome: Outcome,
    notify: Callable[..., None],
    published: Published,
) -> RunRecord:
    """Run one cell, write its record and tell the observers."""
    finished = _finished(planned, run.store)
    if finished is not None:
        outcome.reused += 1
        return finished
    before = set(run.computed)
    try:
        record = _taken(planned, run, published)
        if record is not None:
            outcome.reused += 1
            run.progress.cell_done(f"[dim]taken[/dim] {record.cell.id}")
            return record
        record = _compute_cell(planned, run, before)
    except StageFailure as failure:
        record = failed_record(planned, run, failure.stage, failure.reason)
        outcome.failed.append(record)
    run.store.write_record(record)
    if planned.finetune is not None and record.status == "ok":
        run.drop_weights(planned.finetune)
    outcome.computed += bool(run.computed - before)
    outcome.reused += record.status == "ok" and not run.computed - before
    notify("igds_cell_finished", cell=planned.cell, record=record)
    run.progress.cell_done(_line(record))
    return record


def _finished(planned: PlannedCell, store: Store) -> RunRecord | None:
    """Return the cell's record where it stands and still belongs to these inputs."""
    record = store.read_record(store.root / "records" / f"{planned.cell.id}.json")
    key = cell_key(planned, store)
    if record is None or key is None or record.key != key:
        return None
    if record.cell != planned.cell:  # the grid names another baseline than when it was written
        record = record.model_copy(update={"cell": planned.cell})
        store.write_record(record)
    return record


def _taken(planned: PlannedCell, run: Execution, published: Published) -> RunRecord | None:
    """Return a published record of the cell, once what its key hangs on is computed."""
    if not published:
        return None
    if planned.cut is not None:
        run.ensure(planned.cut)
    for stage in planned.amplify:
        if not run.done(stage.inputs[-1], only_without="features"):
            return None
    key = cell_key(planned, run.store)
    record = published.take(key, run.store) if key is not None else None
    if record is not None:
        record = retold(record, planned, run)
        run.store.write_record(record)
        for stage in planned.amplify:
            _publish_features(stage.inputs[-1], run)
    return record


def _compute_cell(planned: PlannedCell, run: Execution, before: set[str]) -> RunRecord:
    metas = {}
    for stage in planned.controls:
        run.done(stage)
    # A task without features in one suite costs a cell that suite's measure, not its scores.
    without = {s.label for s in planned.amplify if not run.done(s, only_without="features")}
    for stage in planned.stages:
        if stage.label in without:
            continue
        metas[stage.label] = run.ensure(stage)
        for given in stage.inputs:
            metas.setdefault(given.label, run.ensure(given))
    record = build_record(planned, run, metas, run.computed - before)
    _publish_parts(planned, record, run)
    return record


def _publish_parts(planned: PlannedCell, record: RunRecord, run: Execution) -> None:
    """Make what lies behind a record findable from the run folder."""
    root = run.store.root
    source = run.output(planned.evaluate) / "examples.parquet"
    run.store.link(source, root / "examples" / f"{record.key}.parquet")
    if planned.cut is not None and record.selection is not None:
        manifest = run.output(planned.cut) / "manifest.json"
        run.store.link(manifest, root / "manifests" / f"{record.selection.fingerprint}.json")
    for stage in planned.amplify:
        if run.done(stage):
            _publish_features(stage.inputs[-1], run)


def _publish_features(stage: Stage, run: Execution) -> None:
    place = features_path(stage, run.store)
    if not place.exists():
        found = json.loads((run.output(stage) / "features.json").read_text("utf-8"))
        at = {"model": stage.at.model, "task": stage.at.task, "saes": stage.at.saes}
        write_text(place, json.dumps({**at, **found}, indent=1))
    suite = run.bench.suite(stage.at.model, stage.at.saes or "")
    folder = suite.spec.folder
    if folder is not None and (folder / "suite.json").exists():
        measured = json.loads((folder / "suite.json").read_text("utf-8"))
        text = json.dumps({"name": suite.spec.name, **measured}, indent=1)
        write_text(run.store.root / "saes" / f"{suite.spec.name}.json", text)


def features_path(stage: Stage, store: Store) -> Path:
    """Return where a features stage's table is published."""
    return store.root / "features" / (stage.label.replace("/", "--") + ".json")


def _drop_stale_features(plan: Plan, store: Store) -> None:
    """Remove the published tables of features that the grid no longer asks for."""
    wanted = {features_path(s, store) for s in plan.stages.values() if s.kind == "features"}
    for path in (store.root / "features").glob("*.json"):
        if path not in wanted:
            path.unlink(missing_ok=True)


def publish_explanation(stage: Stage, run: Execution) -> None:
    """Put an explanation beside the table of the features that it explains."""
    _publish_features(stage.inputs[0], run)
    place = features_path(stage.inputs[0], run.store)
    found = json.loads(place.read_text("utf-8"))
    text = (run.output(stage) / "explanation.json").read_text("utf-8")
    write_text(place, json.dumps({**found, "explanation": json.loads(text)}, indent=1))


def _line(record: RunRecord) -> str:
    """Return one line about a finished cell."""
    if record.status == "failed":
        return f"[red]failed[/red] {record.cell.id}: {record.reason}"
    score = record.scores.get(record.primary_metric)
    value = f"{record.primary_metric} {score.value:.2f}" if score else ""
    seconds = sum(phase.seconds for phase in record.phases if not phase.reused)
    return f"[green]done[/green] {record.cell.id}  {value}  ({seconds:.1f} s)"
