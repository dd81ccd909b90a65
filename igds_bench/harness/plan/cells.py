"""Lay out a grid: which stages every cell needs, and what determines each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from igds_bench.core.files import params_key
from igds_bench.core.grid import BASE, FULL, TARGET_ONLY, Cell
from igds_bench.core.protocols import Matching
from igds_bench.core.selection import Budget
from igds_bench.harness.plan.graph import ANY, At, Measured, Plan, PlannedCell, Stage
from igds_bench.harness.plan.keys import benchmark_key, metric_key, rows_key
from igds_bench.harness.plan.kinds import Kinds
from igds_bench.harness.plan.rankings import RankPlace
from igds_bench.harness.plan.workbench import Contender, SuiteEntry, Workbench
from igds_bench.metrics.sampled import sampled_metrics

CONTROL_FEATURES = 8
"""Recalled features, drawn by seed, whose activation is measured beside that of F_task."""


def make_plan(bench: Workbench, kinds: Kinds) -> Plan:
    """Lay out every cell of the grid: references first, then contenders, by model and task.

    Args:
        bench: the checked inputs.
        kinds: the table of kinds of stage.
    """
    plan = Plan()
    for model in bench.models:
        for task in bench.tasks:
            here = CellPlace(bench, plan, kinds, model, task)
            for reference in bench.config.references:
                seeds = reference.training_seeds or bench.config.training_seeds
                here.add_reference(reference.name, seeds)
            for contender in bench.contenders.values():
                here.add_contender(contender)
            here.add_explanations()
    for task, entry in bench.tasks.items():
        params = {"data": entry.data.fingerprint}
        stage = Stage(kinds["near-duplicates"], f"near-duplicates/{task}", At(None, task), params)
        plan.add(stage)
    return plan


@dataclass(frozen=True)
class CellPlace(RankPlace):
    """One model and task of the grid, where cells are added to the plan."""

    def add_reference(self, name: str, training_seeds: tuple[int, ...]) -> None:
        """Add the cells of ``base``, ``full``, ``target-only`` or ``oracle``."""
        if name == BASE:
            self._add_cell(name, None, None)
        elif name in (FULL, TARGET_ONLY):
            cut = self._cut(None, Budget("fraction", 1.0), name)
            for seed in training_seeds:
                self._add_cell(name, cut, seed)
        else:
            rank = self.rank_oracle(self.bench.config.selection_seeds[0])
            for budget in self.bench.budgets:
                for training_seed in training_seeds:
                    self._add_cell(name, self._cut(rank, budget, name), training_seed)

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
                "model": self.reading(settings.role),
                **entry.identity,
                **entry.decoding(settings.role),
                "pool": data.pool.fingerprint,
                "tune": data.target.tune.fingerprint,
            }
            at = At(self.model, self.task, suite.spec.name)
            self.add("explain", at, params, inputs=(self.features(suite, settings),))

    def _cut_contender(
        self, contender: Contender, suite: SuiteEntry | None, seed: int, budget: Budget
    ) -> Stage:
        """Add the cut of its ranking, or a draw that matches another contender's cut."""
        if not isinstance(contender.selector, Matching):
            return self._cut(self.rank(contender, suite, seed), budget, contender.label)
        other = self.bench.contenders[contender.selector.of]
        draw = self.bench.config.selection_seeds[0] if other.spec.deterministic else seed
        matched = self._cut_contender(other, suite, draw, budget)
        params = {
            "control": contender.spec.name,
            "version": contender.spec.version,
            "params": params_key(contender.params),
            "seed": seed,
            "pool": self.bench.tasks[self.task].data.pool.fingerprint,
            "tokenizer": self.reading("base"),
            "epochs": self.bench.config.train.epochs,
        }
        name = suite.spec.name if suite else None
        at = At(self.model, self.task, name, contender.label, budget, seed)
        # What the selection hangs on is read for what it cost; a cut is keyed by all of it anyway.
        return self.add("cut", at, params, inputs=(matched, *matched.inputs))

    def _cut(self, rank: Stage | None, budget: Budget, selector: str) -> Stage:
        at = At(self.model, self.task, None, selector, budget)
        if rank is not None:
            at = At(self.model, self.task, rank.at.saes, selector, budget, rank.at.selection_seed)
        pool = self.bench.trained_on(self.task, selector)
        params = {"budget": budget.label, "pool": pool.fingerprint}
        if budget.kind == "tokens":
            params["tokenizer"] = self.reading("base")
        return self.add("cut", at, params, inputs=(rank,) if rank else ())

    def _finetune(self, cut: Stage, seed: int) -> Stage:
        entry, train = self.bench.models[self.model], self.bench.config.train
        contender = self.bench.contenders.get(cut.at.selector or "")
        if contender is not None and contender.match is not None:
            train = train.model_copy(update={"match": contender.match})
        data = self.bench.tasks[self.task].data
        params = {
            "settings": train.key_fields(),
            "model": self.reading("base"),
            **entry.identity,
            "seed": seed,
            "pool": data.pool.fingerprint if train.match == "steps" else None,
            **rows_key(train),
        }
        return self.add("finetune", replace(cut.at, training_seed=seed), params, inputs=(cut,))

    def _evaluate(self, finetune: Stage | None) -> Stage:
        entry, task = self.bench.models[self.model], self.bench.tasks[self.task]
        settings = self.bench.config.evaluation
        is_sampled = bool(sampled_metrics(task.spec.tested, settings.samples))
        params: dict[str, Any] = {
            "settings": settings.key_fields(is_sampled),
            "model": self.reading("base"),
            **entry.identity,
            "test": task.data.test.fingerprint,
            "metrics": [metric_key(metric) for metric in task.spec.tested],
            "generation": [task.spec.max_new_tokens, list(task.spec.stop)],
            **entry.decoding("base"),
            "task_version": task.spec.version,
        }
        if settings.limit is not None and settings.limit < len(task.data.test):
            params["test_order"] = task.data.test.content
        as_chat = task.spec.writes_chats(task.chats, entry.tokenizer)
        params |= benchmark_key(task.spec, settings.extra_evals, as_chat)
        return self.measure("evaluate", finetune, params)

    def measure(
        self,
        kind: str,
        finetune: Stage | None,
        params: Mapping[str, Any],
        *marks: str,
        inputs: tuple[Stage, ...] = (),
        saes: str | None = None,
    ) -> Stage:
        """Add a stage that measures a tuned model, or the base where there is no fine-tuning.

        Args:
            kind: of the stage.
            finetune: what trained the model; None measures the base.
            params: all that determines the measure, besides the model's training.
            *marks: what tells it from other measures of its kind, for the label.
            inputs: what it takes besides the model.
            saes: the SAE suite that it reads.
        """
        at = finetune.at if finetune else At(self.model, self.task, None, BASE)
        label = "/".join([kind, at.name, *marks])
        own = (finetune,) if finetune else ()
        place = replace(at, saes=saes) if saes else at
        return self.plan.add(Stage(self.kinds[kind], label, place, params, (*own, *inputs)))

    def _amplify(
        self, finetune: Stage | None, suite: SuiteEntry, features_of: str | None = None
    ) -> Measured:
        """Measure the features of this task, or of another one, on this task's probe prompts."""
        settings = self.bench.config.amplification
        entry, data = self.bench.models[self.model], self.bench.tasks[self.task].data
        place = replace(self, task=features_of) if features_of else self
        features = place.features(suite, settings)
        params = {
            "top_features": settings.top_features,
            "controls": 0 if features_of else CONTROL_FEATURES,
            "model": self.reading("base"),
            **entry.identity,
            "saes": suite.fingerprint,
            "probe": data.probe.fingerprint,
        }
        marks = [f"on-{suite.spec.name}", *([f"of-{features_of}"] if features_of else [])]
        base, own = (
            self.measure(
                "amplify", trained, params, *marks, inputs=(features,), saes=suite.spec.name
            )
            for trained in (None, finetune)
        )
        return Measured(own, base)

    def _controls(self, finetune: Stage | None, suites: list[SuiteEntry]) -> tuple[Measured, ...]:
        """Measure the features of the grid's next task as well, where there is one."""
        tasks = list(self.bench.tasks)
        other = tasks[(tasks.index(self.task) + 1) % len(tasks)]
        if other == self.task:
            return ()
        return tuple(self._amplify(finetune, suite, other) for suite in suites)

    def _add_cell(self, selector: str, cut: Stage | None, seed: int | None) -> None:
        finetune = self._finetune(cut, seed) if cut is not None and seed is not None else None
        suites = [
            suite
            for suite in self.bench.suites[self.model]
            if cut is None or cut.at.saes in (None, suite.spec.name)
        ]
        planned = PlannedCell(
            cell=self._cell(selector, cut, seed),
            evaluate=self._evaluate(finetune),
            amplify=tuple(self._amplify(finetune, suite) for suite in suites),
            controls=self._controls(finetune, suites),
            finetune=finetune,
            cut=cut,
            rank=_ranking_behind(cut),
        )
        extra = [k.measure(planned, self) for k in self.kinds.values() if k.measure is not None]
        self._add_record(replace(planned, measures=tuple(extra)))

    def _cell(self, selector: str, cut: Stage | None, seed: int | None) -> Cell:
        """Return the coordinates of a cell."""
        whole = selector in (FULL, TARGET_ONLY)
        budget = cut.at.budget.label if cut and cut.at.budget and not whole else None
        is_contender = selector in self.bench.contenders
        return Cell(
            role=self.bench.role_of(selector),
            selector=selector,
            model=self.model,
            task=self.task,
            saes=cut.at.saes if cut else None,
            budget=budget,
            selection_seed=cut.at.selection_seed if cut and is_contender else None,
            training_seed=seed,
        )

    def _add_record(self, planned: PlannedCell) -> None:
        """Add the record of a cell, which hangs on all that is measured of its model.

        A task without features in one suite costs a cell that suite's measure, not its scores; the
        features of another task are a control that a record can do without.
        """
        measured = [m.stage for m in (*planned.amplify, *planned.controls)]
        keyed = (planned.evaluate, *measured, *planned.measures)
        bases = [m.base for m in (*planned.amplify, *planned.controls)]
        ways = [s for s in (planned.rank, planned.cut, planned.finetune) if s is not None]
        inputs = {stage.label: stage for stage in (*ways, *keyed, *bases)}
        keyed_labels = {stage.label for stage in keyed}
        spared = {s.label: ("features",) for m in planned.amplify for s in (m.stage, m.base)}
        spared |= {s.label: ANY for m in planned.controls for s in (m.stage, m.base)}
        stage = Stage(
            self.kinds["record"],
            f"record/{planned.cell.id}",
            At(self.model, self.task, None, planned.cell.selector),
            {"cell": planned.cell.id},
            tuple(inputs.values()),
            unkeyed=frozenset(inputs) - keyed_labels,
            spared=spared,
            planned=planned,
        )
        self.plan.add(stage)


def _ranking_behind(cut: Stage | None) -> Stage | None:
    """Return the ranking that a cut cuts; a matched draw has none of its own."""
    first = cut.inputs[0] if cut and cut.inputs else None
    return first if first is not None and first.kind == "rank" else None
