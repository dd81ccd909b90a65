"""Lay out a grid: which stages every cell needs, and what determines each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from igds_bench.core.features import FeatureSettings
from igds_bench.core.grid import TARGET_ONLY, Cell
from igds_bench.core.protocols import UsesFeatures, UsesRanking
from igds_bench.core.seeding import content_key
from igds_bench.core.selection import Budget
from igds_bench.harness.graph import At, Plan, PlannedCell, Stage
from igds_bench.harness.workbench import Contender, SuiteEntry, Workbench

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
class _Place:
    """One model and task of the grid, where stages are added to the plan."""

    bench: Workbench
    plan: Plan
    model: str
    task: str

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
            rank = self._rank_oracle(seed)
            for budget in self.bench.budgets:
                for training_seed in training_seeds:
                    cut = self._cut(rank, budget, name)
                    self._add_cell(name, cut, training_seed)

    def add_contender(self, contender: Contender) -> None:
        """Add a selector's cells: suites where it reads them, draws where it is random."""
        config = self.bench.config
        reads = "saes" in self._source(contender).spec.needs
        suites = self.bench.suites[self.model] if reads else (None,)
        seeds = contender.selection_seeds or config.selection_seeds
        for suite in suites:
            for seed in seeds[:1] if contender.spec.deterministic else seeds:
                rank = self._rank(contender, suite, seed)
                for budget in contender.budgets or self.bench.budgets:
                    cut = self._cut(rank, budget, contender.label)
                    for training_seed in contender.training_seeds or config.training_seeds:
                        self._add_cell(contender.label, cut, training_seed)

    def _source(self, contender: Contender) -> Contender:
        """Return the contender whose ranking this one starts from, or itself."""
        if isinstance(contender.selector, UsesRanking):
            return self.bench.contenders[contender.selector.of]
        return contender

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
            stage = Stage("explain", self._label("explain", name), at, params, inputs)
            self.plan.explanations.append(self.plan.add(stage))

    def _label(self, kind: str, *parts: object) -> str:
        shown = [str(part) for part in parts if part is not None]
        return "/".join([kind, self.task, self.model, *shown])

    def features(self, suite: SuiteEntry, settings: FeatureSettings) -> Stage:
        """Add the stage that finds the task's features with these settings."""
        entry, task = self.bench.models[self.model], self.bench.tasks[self.task]
        key_fields = settings.key_fields()
        params = {
            "settings": key_fields,
            "model": entry.revisions[settings.role],
            **entry.identity,
            "saes": suite.fingerprint,
            "target": task.data.target.fingerprint,
            "metric": [task.spec.metric.name, task.spec.metric.version],
            "generation": [task.spec.max_new_tokens, list(task.spec.stop)],
        }
        label = self._label("features", suite.spec.name, content_key(key_fields, length=6))
        return self.plan.add(
            Stage("features", label, At(self.model, self.task, suite.spec.name), params)
        )

    def _rank(self, contender: Contender, suite: SuiteEntry | None, seed: int) -> Stage:
        entry, task, spec = (
            self.bench.models[self.model],
            self.bench.tasks[self.task],
            contender.spec,
        )
        needs = spec.needs
        params: dict[str, Any] = {
            "selector": spec.name,
            "version": spec.version,
            "params": dict(contender.params),
            "seed": seed,
            "pool": task.data.pool.fingerprint,
        }
        if "target" in needs:
            params["target"] = task.data.target.fingerprint
        if needs & {"tokenizer", "base"}:
            params["base"] = entry.revisions["base"]
        if "probe" in needs:
            params["probe"] = entry.revisions["probe"]
        if needs & {"base", "probe"}:
            params |= entry.identity
        inputs: tuple[Stage, ...] = ()
        if suite is not None:
            params["saes"] = suite.fingerprint
        if suite is not None and isinstance(contender.selector, UsesFeatures):
            settings = contender.selector.feature_settings(self.bench.config.amplification)
            names = ("top_features", "pass_mark", "require_positive")
            params["cut"] = {name: getattr(settings, name) for name in names}
            inputs = (self.features(suite, settings),)
        if isinstance(contender.selector, UsesRanking):
            other = self._source(contender)
            draw = self.bench.config.selection_seeds[0] if other.spec.deterministic else seed
            inputs = (*inputs, self._rank(other, suite, draw))
        name = suite.spec.name if suite else None
        return self.plan.add(
            Stage(
                "rank",
                self._label("rank", contender.label, name, f"s{seed}"),
                At(self.model, self.task, name, contender.label, None, seed),
                params,
                inputs,
                self.bench.largest_budget(self.task),
            )
        )

    def _rank_oracle(self, seed: int) -> Stage:
        task = self.bench.tasks[self.task]
        params = {
            "selector": "oracle",
            "quality": list(task.spec.quality),
            "seed": seed,
            "pool": task.data.pool.fingerprint,
        }
        at = At(self.model, self.task, None, "oracle", None, seed)
        return self.plan.add(
            Stage(
                "rank",
                self._label("rank", "oracle"),
                at,
                params,
                limit=self.bench.largest_budget(self.task),
            )
        )

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
        label = self._label("cut", selector, at.saes, budget.label, seed)
        return self.plan.add(Stage("cut", label, at, params, (rank,) if rank else ()))

    def _finetune(self, cut: Stage, seed: int) -> Stage:
        entry, config = self.bench.models[self.model], self.bench.config
        data = self.bench.tasks[self.task].data
        params = {
            "settings": config.train.key_fields(),
            "model": entry.revisions["base"],
            **entry.identity,
            "seed": seed,
            "pool": data.pool.fingerprint if config.train.match == "steps" else None,
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
                    kind="contender" if is_contender else "reference",
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
                rank=cut.inputs[0] if cut and cut.inputs else None,
            )
        )
