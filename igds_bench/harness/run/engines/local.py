"""The engine of one process: what a stage needs first, each once, failures remembered."""

from __future__ import annotations

import logging

from igds_bench.harness.plan.graph import ANY, Stage
from igds_bench.harness.plan.kinds import Facts
from igds_bench.harness.run.execute import Executor, StageFailure

log = logging.getLogger(__name__)


class LocalEngine:
    """Runs stages in the order that their inputs ask for.

    A cell's stages follow one another, so that its weights are dropped before the next are trained.

    Args:
        executor: runs one stage at a time.
    """

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._failed: dict[str, StageFailure] = {}
        self._published: set[str] = set()
        self._told: set[str] = set()

    def ensure(self, stage: Stage) -> Facts:
        """Return a stage's facts, computing it and its inputs where they are missing.

        Raises:
            StageFailure: it, or one of its inputs, failed now or earlier in this run.
        """
        if stage.label in self._failed:
            raise self._failed[stage.label]
        if not self.executor.results.is_done(stage):
            try:
                self._compute(stage)
            except StageFailure as failure:
                self._failed[stage.label] = failure
                raise
        if stage.label not in self._published:
            self._published.add(stage.label)
            self.executor.publish(stage)
        facts = self.executor.results.facts(stage)
        assert facts is not None, stage.label
        return facts

    def attempt(self, stage: Stage) -> bool:
        """Return whether a stage is there, computing it where that is possible; say it once."""
        try:
            self.ensure(stage)
        except StageFailure as failure:
            self._tell(failure)
            return False
        return True

    def _compute(self, stage: Stage) -> None:
        for given in stage.inputs:
            self._take(stage, given)
        if stage.does.measures_model:
            for given in stage.inputs:
                if given.does.transient and not self.executor.results.is_whole(given):
                    self.executor.run(given)  # its weights were dropped: trained again
        self.executor.run(stage)
        self.executor.release(stage)

    def _take(self, stage: Stage, given: Stage) -> None:
        """Make an input be there, or go on without it where the stage can."""
        spared = stage.spared.get(given.label, ())
        try:
            self.ensure(given)
        except StageFailure as failure:
            if spared != ANY and failure.stage.kind not in spared:
                raise
            self._tell(failure)
            self.executor.given_up.add(given.label)

    def _tell(self, failure: StageFailure) -> None:
        if failure.stage.label not in self._told:
            self._told.add(failure.stage.label)
            log.warning("left out: %s: %s", failure.stage.label, failure.reason)
