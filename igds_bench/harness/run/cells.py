"""Run one cell: take a published record, or compute its stages; a failure is a record too."""

from __future__ import annotations

from collections.abc import Callable

from igds_bench.core.record import RunRecord
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.execute import StageFailure
from igds_bench.harness.run.reuse import Published
from igds_bench.harness.stages.record import failed_record, planned_cell, retold


class CellRunner:
    """Runs cells and counts what became of them.

    Args:
        engine: computes stages.
        published: records of others that count as done.
        notify: tells the plugins' observers.
    """

    def __init__(
        self, engine: LocalEngine, published: Published, notify: Callable[..., None]
    ) -> None:
        self.engine = engine
        self.computed = 0
        """Cells with at least one stage computed now."""
        self.reused = 0
        """Cells whose every stage was already there."""
        self.failed: list[RunRecord] = []
        self._published = published
        self._notify = notify

    def run(self, stage: Stage) -> RunRecord:
        """Run the cell of a ``record`` stage, and tell the observers of a new record."""
        executor, before = self.engine.executor, set(self.engine.executor.computed)
        finished = self._finished(stage)
        if finished is not None:
            self.reused += 1
            return finished
        try:
            taken = self._taken(stage)
            if taken is not None:
                self.reused += 1
                executor.progress.cell_done(f"[dim]taken[/dim] {taken.cell.id}")
                return taken
            self.engine.ensure(stage)
            record = self._finished(stage)
            assert record is not None, stage.label
        except StageFailure as failure:
            # Another process of the run may have finished the cell that failed here.
            record = self._finished(stage) or self._fail(stage, failure)
        # A record is put together anew even where all that it is made of was there.
        new = {label for label in executor.computed - before if label != stage.label}
        self.computed += bool(new)
        self.reused += record.status == "ok" and not new
        self._notify("igds_cell_finished", cell=record.cell, record=record)
        executor.progress.cell_done(_line(record))
        return record

    def _finished(self, stage: Stage) -> RunRecord | None:
        """Return the cell's record where it stands and still belongs to these inputs."""
        results = self.engine.executor.results
        if not results.is_done(stage):
            return None
        cell, store = planned_cell(stage).cell, results.store
        record = store.read_record(store.root / "records" / f"{cell.id}.json")
        if record is not None and record.cell != cell:  # the grid names another baseline now
            record = record.model_copy(update={"cell": cell})
            store.write_record(record)
        return record

    def _fail(self, stage: Stage, failure: StageFailure) -> RunRecord:
        executor = self.engine.executor
        record = failed_record(
            stage, failure.stage, failure.reason, executor.results, executor.bench
        )
        executor.results.store.write_record(record)
        self.failed.append(record)
        return record

    def _taken(self, stage: Stage) -> RunRecord | None:
        """Return a published record of the cell, once what its key hangs on is computed."""
        if not self._published:
            return None
        planned, executor = planned_cell(stage), self.engine.executor
        if planned.cut is not None:
            self.engine.ensure(planned.cut)
        for measured in planned.amplify:
            for features in measured.stage.of_kind("features"):
                if not self.engine.attempt(features):
                    return None
        key, store = executor.results.key(stage), executor.results.store
        record = self._published.take(key, store) if key is not None else None
        if record is not None:
            record = retold(record, executor.given(stage))
            store.write_record(record)
        return record


def _line(record: RunRecord) -> str:
    """Return one line about a finished cell."""
    if record.status == "failed":
        return f"[red]failed[/red] {record.cell.id}: {record.reason}"
    score = record.scores.get(record.primary_metric)
    value = f"{record.primary_metric} {score.value:.2f}" if score else ""
    seconds = sum(phase.seconds for phase in record.phases if not phase.reused)
    return f"[green]done[/green] {record.cell.id}  {value}  ({seconds:.1f} s)"
