"""Lay out a grid: which stages every cell needs, and what determines each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from igds_bench.core.grid import TARGET_ONLY, Cell
from igds_bench.core.protocols import Matching
from igds_bench.core.seeding import content_key
from igds_bench.core.selection import Budget
from igds_bench.harness.plan.graph import At, Plan, PlannedCell, Stage
from igds_bench.harness.plan.rankings import RankPlace
from igds_bench.harness.plan.workbench import Contender, SuiteEntry, Workbench

CONTROL_FEATURES = 8
"""Recalled features, drawn by seed, whose activation is measured beside that of F_task."""


def make_plan(bench: Workbench) -> Plan:
    """Lay out every cell of the grid: references first, then contenders, by model and task."""
    plan = Plan()
    for model in bench.models:
        for task in bench.tasks:
            here = _Place(bench, plan, model, task)
            for reference in bench.config.references:
                seeds = reference.training_seeds or bench.config.training_seeds
                here.add_reference(reference.name, seeds)
            for contender in bench.contenders.values():
                here.add_contender(contender)
            here.add_explanations()
    return plan


@dataclass(frozen=True)
class _Place(RankPlace):
    """One model and task of the grid, where cells are added to the plan."""

    def add_reference(self, name: str, training_seeds: tuple[int, ...]) -> None:
        """Add the cells of ``base``, ``full``, ``target-only`` or ``oracle``."""
        if name == "base":
            self._add_cell(name, None, None)
        elif name in ("full", TARGET_ONLY):
            cut = self._cut(None, Budget("fraction", 1.0), name)
            for seed in training_seeds:
                self._add_cell(name, cut, seed)
        else:
            seed = self.bench.config.selection_seeds[0]
            rank = self.rank_oracle(seed)
            for budget in self.bench.budgets:
                for training_seed in training_seeds:
                    cut = self._cut(rank, budget, name)
                    self._add_cell(name, cut, training_seed)

    def add_contender(self, contender: Contender) -> None:
        """Add a selector's cells: suites where it reads them, draws where it is random."""
        config = self.bench.config
        seeds = contender.selection_seeds or config.selection_seeds
        for suite in self.suites_for(contender):
            for seed in seeds[:1] if contender.spec.deterministic else seeds:
                for budget in contender.budgets or self.bench.budgets:
                    cut = self._cut_contender(contender, suite, seed, budget)
                    for training_seed in contender.training_seeds or config.training_seeds:
                        self._add_cell(contender.label, cut, training_seed)

    def _cut_contender(
        self, contender: Contender, suite: SuiteEntry | None, seed: int, budget: Budget
    ) -> Stage:
        """Add the cut of its ranking, or a draw that matches another contender's cut."""
        if not isinstance(contender.selector, Matching):
            return self._cut(self.rank(contender, suite, seed), budget, contender.label)
        other = self.bench.contenders[contender.selector.of]
        draw = self.bench.config.selection_seeds[0] if other.spec.deterministic else seed
        matched = self._cut_contender(other, suite, draw, budget)
        model = self.bench.models[self.model]
        params = {
            "control": contender.spec.name,
            "version": contender.spec.version,
            "params": dict(contender.params),
            "seed": seed,
            "pool": self.bench.tasks[self.task].data.pool.fingerprint,
            "tokenizer": model.revisions["base"],
            "epochs": self.bench.config.train.epochs,
        }
        name = suite.spec.name if suite else None
        at = At(self.model, self.task, name, contender.label, budget, seed)
        label = self.label("cut", contender.label, name, budget.label, f"s{seed}")
        return self.plan.add(Stage("cut", label, at, params, (matched, *matched.inputs)))

    def add_explanations(self) -> None:
        """Add what explains the task's features, suite by suite."""
        wanted = self.bench.config.explain
        if wanted is None:
            return
        settings = self.bench.config.amplification
        entry, data = self.bench.models[self.model], self.bench.tasks[self.task].data
        for suite in self.bench.suites[self.model]:
            params = {
                "explain": wanted.model_dump(mode="json"),
                "model": entry.revisions[settings.role],
                **entry.identity,
                "pool": data.pool.fingerprint,
                "tune": data.target.tune.fingerprint,
            }
            name = suite.spec.name
            at = At(self.model, self.task, name)
            inputs = (self.features(suite, settings),)
            stage = Stage("explain", self.label("explain", name), at, params, inputs)
            self.plan.explanations.append(self.plan.add(stage))

    def _cut(self, rank: Stage | None, budget: Budget, selector: str) -> Stage:
        at = At(self.model, self.task, None, selector, budget)
        if rank is not None:
            at = At(self.model, self.task, rank.at.saes, selector, budget, rank.at.selection_seed)
        pool = self.bench.tasks[self.task].data.pool
        if selector == TARGET_ONLY:
            pool = self.bench.target_pool(self.task)
        params = {"budget": budget.label, "pool": pool.fingerprint}
        if budget.kind == "tokens":
            params["tokenizer"] = self.bench.models[self.model].revisions["base"]
        seed = f"s{at.selection_seed}" if at.selection_seed is not None else None
        label = self.label("cut", selector, at.saes, budget.label, seed)
        return self.plan.add(Stage("cut", label, at, params, (rank,) if rank else ()))

    def _finetune(self, cut: Stage, seed: int) -> Stage:
        entry, train = self.bench.models[self.model], self.bench.config.train
        contender = self.bench.contenders.get(cut.at.selector or "")
        if contender is not None and contender.match is not None:
            train = train.model_copy(update={"match": contender.match})
        data = self.bench.tasks[self.task].data
        params = {
            "settings": train.key_fields(),
            "model": entry.revisions["base"],
            **entry.identity,
            "seed": seed,
            "pool": data.pool.fingerprint if train.match == "steps" else None,
        }
        at = At(**{**cut.at.__dict__, "training_seed": seed})
        label = cut.label.replace("cut/", "finetune/", 1) + f"/t{seed}"
        return self.plan.add(Stage("finetune", label, at, params, (cut,)))

    def _evaluate(self, finetune: Stage | None) -> Stage:
        entry, task = self.bench.models[self.model], self.bench.tasks[self.task]
        settings = self.bench.config.evaluation
        params: dict[str, Any] = {
            "settings": settings.model_dump(mode="json"),
            "model": entry.revisions["base"],
            **entry.identity,
            "test": task.data.test.fingerprint,
            "metrics": [[metric.name, metric.version] for metric in task.spec.metrics],
            "generation": [task.spec.max_new_tokens, list(task.spec.stop)],
            "task_version": task.spec.version,
        }
        files = [Path(name) for name in settings.extra_evals if Path(name).suffix]
        if files:
            params["extra_files"] = [content_key(file.read_text("utf-8")) for file in files]
        return self._after(finetune, "evaluate", params)

    def _amplify(
        self, finetune: Stage | None, suite: SuiteEntry, features_of: str | None = None
    ) -> Stage:
        """Measure the features of this task, or of another one, on this task's probe prompts."""
        settings = self.bench.config.amplification
        entry, data = self.bench.models[self.model], self.bench.tasks[self.task].data
        place = replace(self, task=features_of) if features_of else self
        features = place.features(suite, settings)
        params = {
            "top_features": settings.top_features,
            "controls": 0 if features_of else CONTROL_FEATURES,
            "model": entry.revisions["base"],
            **entry.identity,
            "saes": suite.fingerprint,
            "probe": data.probe.fingerprint,
        }
        measured = f"on-{suite.spec.name}" + (f"-of-{features_of}" if features_of else "")
        return self._after(finetune, "amplify", params, (suite.spec.name, measured), (features,))

    def _controls(self, finetune: Stage | None, suites: Sequence[SuiteEntry]) -> list[Stage]:
        """Measure the features of the grid's next task as well, where there is one."""
        tasks = list(self.bench.tasks)
        other = tasks[(tasks.index(self.task) + 1) % len(tasks)]
        if other == self.task:
            return []
        return [self._amplify(finetune, suite, other) for suite in suites]

    def _after(
        self,
        finetune: Stage | None,
        kind: str,
        params: Mapping[str, Any],
        measured: tuple[str, str] | None = None,
        inputs: tuple[Stage, ...] = (),
    ) -> Stage:
        """Add a stage that measures a tuned model, or the base where there is no fine-tuning.

        ``measured`` is the SAE suite it reads, and what is measured with it, for the label.
        """
        saes = measured[0] if measured else None
        at = finetune.at if finetune else At(self.model, self.task, saes)
        name = finetune.label.split("/", 1)[1] if finetune else f"{self.task}/{self.model}/base"
        label = "/".join([kind, name, *([measured[1]] if measured else [])])
        own = (finetune,) if finetune else ()
        stage_at = At(**{**at.__dict__, "saes": saes}) if saes else at
        return self.plan.add(Stage(kind, label, stage_at, params, (*own, *inputs)))

    def _add_cell(self, selector: str, cut: Stage | None, seed: int | None) -> None:
        finetune = self._finetune(cut, seed) if cut is not None and seed is not None else None
        suites = [
            suite
            for suite in self.bench.suites[self.model]
            if cut is None or cut.at.saes in (None, suite.spec.name)
        ]
        for suite in suites:  # what tuned models are set against
            self._amplify(None, suite)
        self._controls(None, suites)
        amplify = [self._amplify(finetune, suite) for suite in suites]
        whole = selector in ("full", TARGET_ONLY)
        budget = cut.at.budget.label if cut and cut.at.budget and not whole else None
        is_contender = selector in self.bench.contenders
        self.plan.cells.append(
            PlannedCell(
                cell=Cell(
                    role=self.bench.role_of(selector),
                    selector=selector,
                    model=self.model,
                    task=self.task,
                    saes=cut.at.saes if cut else None,
                    budget=budget,
                    selection_seed=cut.at.selection_seed if cut and is_contender else None,
                    training_seed=seed,
                ),
                evaluate=self._evaluate(finetune),
                amplify=tuple(amplify),
                controls=tuple(self._controls(finetune, suites)),
                finetune=finetune,
                cut=cut,
                rank=_ranking_behind(cut),
            )
        )


def _ranking_behind(cut: Stage | None) -> Stage | None:
    """Return the ranking that a cut cuts; a matched draw has none of its own."""
    first = cut.inputs[0] if cut and cut.inputs else None
    return first if first is not None and first.kind == "rank" else None
