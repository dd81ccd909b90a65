"""Run one piece of work of a plan whose inputs are there; in which order is an engine's matter."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from igds_bench.errors import IgdsError
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.lend.memory import PeakMemory
from igds_bench.harness.lend.tuned import TunedModel
from igds_bench.harness.plan.cost import Rates
from igds_bench.harness.plan.graph import Plan, Stage
from igds_bench.harness.plan.kinds import Facts
from igds_bench.harness.plan.results import Results
from igds_bench.harness.plan.workbench import Workbench
from igds_bench.harness.progress import Progress
from igds_bench.harness.store import Store

Observe = Callable[..., None]
COST = ("flops", "tokens", "examples", "peak_memory_bytes")
"""Facts of a finished stage that say what it cost besides time."""


class StageFailure(Exception):  # noqa: N818 (it wraps an error, with the stage it stopped)
    """A stage that a cell needs has failed; carries which and why."""

    def __init__(self, stage: Stage, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage
        self.reason = reason


class Executor:
    """Runs stages of a plan in this process, and keeps what they leave in a run folder.

    Every process that works on a run has one of its own; they share the folder alone.

    Args:
        bench: the checked inputs.
        plan: the stages that may run.
        store: the run folder.
        progress: shows what runs.
        run: names the run; stages that it computed are told from those that were there by it.
    """

    def __init__(
        self, bench: Workbench, plan: Plan, store: Store, progress: Progress, run: str = ""
    ) -> None:
        self.bench = bench
        self.plan = plan
        self.results = Results(store)
        self.progress = progress
        self.run_name = run
        self.computed: set[str] = set()
        """Labels of the stages that this process computed."""
        self.given_up: set[str] = set()
        """Labels of the stages that failed and that others do without."""
        self.on_start: Observe = lambda **facts: None
        self.on_end: Observe = lambda **facts: None
        self._rates = Rates(store)
        self._tuned = TunedModel()

    def given(self, stage: Stage, folder: Path | None = None) -> Inputs:
        """Return what a stage is lent.

        Args:
            stage: of the plan; everything behind it has run.
            folder: where its output goes; its own place where it only publishes.
        """
        return Inputs(
            stage,
            self.bench,
            self.plan,
            self.results,
            folder or self.results.store.root,
            self.progress,
            self._tuned,
            self.run_name,
        )

    def is_ready(self, stage: Stage) -> bool:
        """Return whether all that a stage takes is there, dropped weights not being."""
        whole = self.results.is_whole if stage.does.measures_model else self.results.is_done
        return all(whole(s) for s in stage.inputs if s.label not in self.given_up)

    def run(self, stage: Stage) -> Facts:
        """Run a stage whose inputs are there, and with it what the same work gives.

        Returns:
            Its facts.

        Raises:
            StageFailure: it failed.
        """
        # The stage itself may be done: it is asked for again where its weights were dropped.
        together = [
            s for s in self.plan.group_of(stage) if s is stage or not self.results.is_done(s)
        ]
        try:
            return self._run(stage, together)
        except StageFailure:
            if len(together) == 1:
                raise
        return self._run(stage, [stage])  # what failed may be another output of the same work

    def _run(self, stage: Stage, together: Sequence[Stage]) -> Facts:
        """Run a stage and what the same work gives, and tell the observers of each."""
        for each in together:
            self.on_start(stage=each)
        begun = time.perf_counter()
        try:
            if stage.does.measures_model:
                self.given(stage).model()  # loading it is not the stage's own time
            found = self._commit(together)
        except (KeyboardInterrupt, MemoryError):
            raise
        except Exception as error:
            known = isinstance(error, IgdsError)
            reason = str(error) if known else f"{type(error).__name__}: {error}"
            seconds = time.perf_counter() - begun
            for each in together:
                self.on_end(stage=each, seconds=seconds, cost={}, error=reason)
            raise StageFailure(stage, reason) from error
        self.computed.update(each.label for each in together)
        for each, facts in zip(together, found, strict=True):
            cost = {name: facts[name] for name in COST if facts.get(name) is not None}
            seconds = facts.get("seconds", time.perf_counter() - begun)
            self.on_end(stage=each, seconds=seconds, cost=cost, error="")
        return found[together.index(stage)]

    def publish(self, stage: Stage) -> None:
        """Put what others read of a stage that is there beside the records."""
        if stage.does.publish is not None:
            stage.does.publish(self.given(stage))

    def release(self, stage: Stage) -> None:
        """Drop of a stage's inputs what no stage of the plan needs any more."""
        for given in stage.inputs:
            if not given.does.transient or self.bench.config.train.keep_weights:
                continue
            if all(map(self._is_served, self.plan.users[given.label])):
                folder = self.results.folder(given)
                self._tuned.release(folder)
                for name in given.does.transient:
                    shutil.rmtree(folder / name, ignore_errors=True)

    def _is_served(self, stage: Stage) -> bool:
        return stage.label in self.given_up or self.results.is_done(stage)

    def _commit(self, together: Sequence[Stage]) -> list[Facts]:
        """Run stages that are outputs of one piece of work, and keep what each leaves."""
        first = together[0]
        if first.does.find is not None:  # it puts its output in place by itself
            there = self.results.facts(first)  # where another process was first
            return [there if there is not None else first.does.run(self.given(first))]
        with ExitStack() as stack:
            store = self.results.store
            drafts = [
                stack.enter_context(store.draft(each.kind, str(self.results.key(each))))
                for each in together
            ]
            asked = [self.given(s, d.folder) for s, d in zip(together, drafts, strict=True)]
            facts = self._timed(asked)
            for each, draft, found in zip(together, drafts, facts, strict=True):
                if not self.results.is_whole(each):  # else another process was first, and reads it
                    draft.keep(found)
        return facts

    def _timed(self, asked: Sequence[Inputs]) -> list[Facts]:
        """Run one piece of work; add what every stage tells: label, run, time, memory."""
        first = asked[0].stage
        start = time.perf_counter()
        with PeakMemory(self.bench.device_of(first.at.model)) as memory:
            if first.does.run_together is not None:
                found = first.does.run_together(asked)
            else:
                found = [first.does.run(asked[0])]
        seconds = time.perf_counter() - start
        return [
            {
                "label": given.stage.label,
                "run": self.run_name,
                "seconds": seconds,
                "estimated_seconds": self._estimate(given.stage),
                "peak_memory_bytes": memory.peak,
                **facts,
            }
            for given, facts in zip(asked, found, strict=True)
        ]

    def _estimate(self, stage: Stage) -> float:
        return self._rates.seconds(stage.does, stage.does.cost(stage, self.bench))
