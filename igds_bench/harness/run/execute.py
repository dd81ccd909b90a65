"""Runs stages in the order their inputs ask for, each at most once, and remembers failures."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.features import FeatureSettings, TaskFeatures
from igds_bench.core.quantities import Quantity
from igds_bench.core.selection import Ranking
from igds_bench.errors import IgdsError, StageError
from igds_bench.harness.lend.memory import PeakMemory
from igds_bench.harness.plan import cost
from igds_bench.harness.plan.graph import Plan, Stage, key_of
from igds_bench.harness.plan.workbench import Workbench
from igds_bench.harness.progress import Progress
from igds_bench.harness.stages import train as stages
from igds_bench.harness.stages.features import read_features
from igds_bench.harness.stages.rank import read_ranking
from igds_bench.harness.store import Store

if TYPE_CHECKING:
    from igds_bench.modeling.load import LanguageModel

log = logging.getLogger(__name__)


class StageFailure(Exception):  # noqa: N818 (it wraps an error, with the stage it stopped)
    """A stage that a cell needs has failed; carries which and why."""

    def __init__(self, stage: Stage, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage
        self.reason = reason


class Execution:
    """The state of one run: what is computed, what failed, and the tuned model in memory.

    Args:
        bench: the checked inputs.
        plan: the stages that may run.
        store: the run folder.
        progress: shows what runs.
        on_start: told of every stage that is about to run.
    """

    def __init__(
        self,
        bench: Workbench,
        plan: Plan,
        store: Store,
        progress: Progress,
        on_start: Callable[[Stage], None] = lambda stage: None,
    ) -> None:
        self.bench = bench
        self.plan = plan
        self.store = store
        self.progress = progress
        self.computed: set[str] = set()
        """Labels of the stages that this run computed itself."""
        self._on_start = on_start
        self._failed: dict[str, StageFailure] = {}
        self._told: set[str] = set()
        self._rates = cost.Rates(store)
        self._held: tuple[Stage, LanguageModel] | None = None

    def ensure(self, stage: Stage) -> dict[str, Any]:
        """Return a stage's facts, computing it and its inputs where they are missing.

        Raises:
            StageFailure: it, or one of its inputs, failed now or earlier in this run.
        """
        if stage.label in self._failed:
            raise self._failed[stage.label]
        for given in stage.inputs:
            self.ensure(given)
        key = key_of(stage, self.store)
        assert key is not None
        meta = self.store.meta(stage.kind, key)
        if meta is not None and meta.get("length", stage.limit) >= stage.limit:
            return meta
        return self._compute(stage, key)

    def _compute(self, stage: Stage, key: str) -> dict[str, Any]:
        self._on_start(stage)
        try:
            if stage.kind in ("evaluate", "amplify"):
                self.model_under_test(stage)  # loading, or training again, is not its own time
            meta = self.store.commit(stage.kind, key, lambda folder: self._timed(stage, folder))
        except (KeyboardInterrupt, MemoryError, StageFailure):
            raise
        except Exception as error:
            known = isinstance(error, IgdsError)
            reason = str(error) if known else f"{type(error).__name__}: {error}"
            failure = StageFailure(stage, reason)
            self._failed[stage.label] = failure
            raise failure from error
        self.computed.add(stage.label)
        return meta

    def _timed(self, stage: Stage, folder: Path) -> dict[str, Any]:
        estimated = self._rates.seconds(stage.kind, cost.estimate(self.bench, stage))
        start = time.perf_counter()
        with PeakMemory(self.bench.models[stage.at.model].device) as memory:
            facts = stages.RUN[stage.kind](stage, self, folder)
        return {
            "label": stage.label,
            "seconds": time.perf_counter() - start,
            "estimated_seconds": estimated,
            "peak_memory_bytes": memory.peak,
            **facts,
        }

    def done(self, stage: Stage, only_without: str = "") -> bool:
        """Return whether a stage is computed, computing it where that is possible.

        Args:
            stage: what is wanted, and can be done without.
            only_without: kind of stage whose failure alone is put up with; all, if empty.

        Raises:
            StageFailure: a stage of another kind failed.
        """
        try:
            self.ensure(stage)
        except StageFailure as failure:
            if only_without and failure.stage.kind != only_without:
                raise
            if failure.stage.label not in self._told:
                self._told.add(failure.stage.label)
                log.warning("left out: %s: %s", failure.stage.label, failure.reason)
            return False
        return True

    def output(self, stage: Stage) -> Path:
        """Return the folder of a finished stage."""
        key = key_of(stage, self.store)
        assert key is not None
        return self.store.folder(stage.kind, key)

    def features_of(self, rank: Stage, settings: FeatureSettings) -> TaskFeatures:
        """Return the features that a ranking asks for; its plan must hold their stage.

        Raises:
            StageError: the selector asks for other settings than its ``feature_settings`` said.
        """
        for stage in rank.inputs:
            if stage.kind == "features" and stage.params["settings"] == settings.key_fields():
                return read_features(self.output(stage))
        raise StageError(
            f"selector '{rank.at.selector}' asked for features with settings that its "
            "`feature_settings` does not return: the plan has no stage for them."
        )

    def ranking_of(self, rank: Stage, label: str) -> Ranking:
        """Return the ranking that another one starts from; its plan must hold their stage.

        Raises:
            StageError: the selector asks for another contender than its ``of`` says.
        """
        for stage in rank.inputs:
            if stage.kind == "rank" and stage.at.selector == label:
                return read_ranking(self.output(stage))
        raise StageError(
            f"selector '{rank.at.selector}' asked for the ranking of '{label}', which its `of` "
            "parameter does not name."
        )

    def quantity_stage(self, rank: Stage, wanted: Quantity) -> Stage:
        """Return the stage that read a shared quantity for a ranking or filter.

        Raises:
            StageError: its ``quantities`` does not name it.
        """
        for stage in rank.inputs:
            if stage.kind == "forward" and stage.quantity == wanted:
                return stage
        raise StageError(
            f"'{rank.params['selector']}' asked for {wanted}, which its `quantities` does not "
            "return: the plan has no stage for it."
        )

    def base_amplification(self, stage: Stage) -> Stage:
        """Return the stage that measures the base model where this one measures a tuned one."""
        if not any(given.kind == "finetune" for given in stage.inputs):
            return stage
        base = self.plan.base_of(stage)
        self.ensure(base)
        return base

    def previous_ranking(self, stage: Stage) -> Ranking | None:
        """Return a shorter ranking that this one is to supersede."""
        folder = self.output(stage)
        return read_ranking(folder) if (folder / "ranking.json").exists() else None

    def hold(self, stage: Stage, tuned: LanguageModel) -> None:
        """Keep the model that was just trained for the stages that measure it."""
        self._held = (stage, tuned)

    def model_under_test(self, stage: Stage) -> LanguageModel:
        """Return the tuned model a stage measures, or the base where it has no fine-tuning.

        Weights that were removed after their record was written are trained again.
        """
        base = self.bench.models[stage.at.model].language_model("base")
        finetune = next((given for given in stage.inputs if given.kind == "finetune"), None)
        if finetune is None:
            return base
        if self._held is None or self._held[0] is not finetune:
            folder = self.output(finetune) / "weights"
            if folder.exists():
                from igds_bench.finetune.weights import load_weights

                self.hold(finetune, load_weights(base, folder))
            else:
                self._compute(finetune, self.output(finetune).name)
        assert self._held is not None
        return self._held[1]

    def drop_weights(self, stage: Stage) -> None:
        """Remove a trained model whose record is written, unless the grid keeps weights."""
        if not self.bench.config.train.keep_weights:
            shutil.rmtree(self.output(stage) / "weights", ignore_errors=True)
        if self._held is not None and self._held[0] is stage:
            self._held = None
