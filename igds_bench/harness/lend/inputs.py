"""What a stage is lent while it runs: its place in the plan, and all that lies behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from igds_bench.harness.lend.own_folder import own_folder
from igds_bench.harness.lend.tuned import TunedModel
from igds_bench.harness.plan.graph import Plan, Stage
from igds_bench.harness.plan.kinds import Facts
from igds_bench.harness.plan.results import Results
from igds_bench.harness.plan.workbench import Workbench
from igds_bench.harness.progress import Progress
from igds_bench.harness.store import Store

if TYPE_CHECKING:
    from igds_bench.modeling.load import LanguageModel


@dataclass(frozen=True)
class Inputs:
    """What the function of a stage gets; everything behind the stage has run."""

    stage: Stage
    bench: Workbench
    plan: Plan
    results: Results
    folder: Path
    """Where the stage's output goes; renamed into its place once the function returns."""
    progress: Progress
    tuned: TunedModel
    run: str = ""
    """Names the run, so that a record can tell what it computed from what was there."""

    @property
    def store(self) -> Store:
        """The run folder."""
        return self.results.store

    def output(self, stage: Stage) -> Path:
        """Return the folder of a stage that has run."""
        return self.results.folder(stage)

    def facts(self, stage: Stage) -> Facts:
        """Return the facts of a stage that has run."""
        facts = self.results.facts(stage)
        assert facts is not None, stage.label
        return facts

    def model(self) -> LanguageModel:
        """Return the model that the stage measures: the one its ``finetune`` trained, or the base.

        Its weights are there: whoever runs the stage sees to it.
        """
        assert self.stage.at.model is not None
        base = self.bench.models[self.stage.at.model].language_model("base")
        trained = self.stage.of_kind("finetune")
        return self.tuned.get(self.output(trained[0]), base) if trained else base

    @contextmanager
    def unfinished(self, *marks: str) -> Iterator[Path]:
        """Lend a folder of this process's own for what the stage goes on from if it is stopped."""
        names = marks or (str(self.results.key(self.stage)),)
        with own_folder(self.store.root.joinpath("unfinished", self.stage.kind, *names)) as place:
            yield place
