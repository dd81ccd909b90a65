"""The part of a plan that ends in rankings: shared forwards, features, filters, rankings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from igds_bench.core.features import FeatureSettings
from igds_bench.core.files import params_key
from igds_bench.core.grid import ORACLE
from igds_bench.core.protocols import (
    Matching,
    UsesActivations,
    UsesFeatures,
    UsesQuantities,
    UsesRanking,
)
from igds_bench.core.quantities import Quantity
from igds_bench.core.seeding import content_key
from igds_bench.core.specs import SelectorSpec
from igds_bench.harness.plan.graph import At, Plan, Stage
from igds_bench.harness.plan.keys import fields_read, metric_key
from igds_bench.harness.plan.kinds import Kinds
from igds_bench.harness.plan.workbench import Contender, ModelEntry, SuiteEntry, Workbench


@dataclass(frozen=True)
class RankPlace:
    """One model and task of the grid, where stages are added to the plan."""

    bench: Workbench
    plan: Plan
    kinds: Kinds
    model: str
    task: str

    def add(self, kind: str, at: At, params: Mapping[str, Any], *marks: str, **rest: Any) -> Stage:
        """Add a stage; its label is made of its kind, its place and what else marks it."""
        label = "/".join([kind, at.name, *marks])
        return self.plan.add(Stage(self.kinds[kind], label, at, params, **rest))

    def reading(self, role: str, entry: ModelEntry | None = None) -> str:
        """Return what a model is and how it is given the task's examples, for content keys."""
        return (entry or self.bench.models[self.model]).reading(role, self.bench.tasks[self.task])

    def source(self, contender: Contender) -> Contender:
        """Return the contender that this one starts from or matches, or itself."""
        if isinstance(contender.selector, (UsesRanking, Matching)):
            return self.source(self.bench.contenders[contender.selector.of])
        return contender

    def suites_for(self, contender: Contender) -> tuple[SuiteEntry | None, ...]:
        """Return the SAE suites that a contender is run with; (None,) where it reads none."""
        reads = "saes" in self.source(contender).spec.needs
        return self.bench.suites[self.model] if reads else (None,)

    def features(self, suite: SuiteEntry, settings: FeatureSettings) -> Stage:
        """Add the stage that finds the task's features with these settings."""
        entry, task = self.bench.models[self.model], self.bench.tasks[self.task]
        key_fields = settings.key_fields()
        params = {
            "settings": key_fields,
            "model": self.reading(settings.role),
            **entry.identity,
            "saes": suite.fingerprint,
            "target": task.data.target.fingerprint,
            "metric": metric_key(task.spec.metric),
            "generation": [task.spec.max_new_tokens, list(task.spec.stop)],
            **entry.decoding(settings.role),
        }
        at = At(self.model, self.task, suite.spec.name)
        return self.add("features", at, params, content_key(key_fields, length=6))

    def forward(self, quantity: Quantity, suite: SuiteEntry | None) -> Stage:
        """Add the stage that reads a shared quantity; all that one forward gives is one group."""
        entry, role = self.bench.entry_for(self.model, quantity.model)
        reads = suite if quantity.reads_saes else None
        fields = {k: v for k, v in quantity.key_fields().items() if k not in ("model", "over")}
        pool = self.bench.pool_of(self.task, quantity)
        params = {
            "quantity": fields,
            "forward": [
                self.reading(role, entry),
                entry.identity,
                quantity.view,
                pool.content,
            ],
            "saes": reads.fingerprint if reads else None,
        }
        at = At(self.model, self.task, reads.spec.name if reads else None)
        marks = [quantity.model, quantity.view, quantity.over, quantity.name]
        group = content_key("forward", self.model, params["forward"])
        digest = content_key(params, length=6)
        return self.add("forward", at, params, *marks, digest, group=group, quantity=quantity)

    def rank(self, contender: Contender, suite: SuiteEntry | None, seed: int) -> Stage:
        """Add a ranking and all that it reads."""
        params, unkeyed = self._params(contender, suite, seed), frozenset[str]()
        inputs = list(self._filters(contender, seed))
        if isinstance(contender.selector, UsesQuantities):
            inputs += [self.forward(q, suite) for q in contender.selector.quantities()]
        if suite is not None and isinstance(contender.selector, UsesFeatures):
            settings = contender.selector.feature_settings(self.bench.config.amplification)
            params["cut"] = _cut_of(settings)
            inputs.append(self.features(suite, settings))
            if isinstance(contender.selector, UsesActivations):
                inputs.append(self._activations(contender, suite, settings, seed))
                unkeyed = frozenset([inputs[-1].label])
        if isinstance(contender.selector, UsesRanking):
            other = self.bench.contenders[contender.selector.of]
            draw = self.bench.config.selection_seeds[0] if other.spec.deterministic else seed
            inputs.append(self.rank(other, suite, draw))
        name = suite.spec.name if suite else None
        at = At(self.model, self.task, name, contender.label, None, seed)
        limit = self.bench.largest_budget(self.task)
        return self.add("rank", at, params, inputs=tuple(inputs), unkeyed=unkeyed, limit=limit)

    def _activations(
        self, contender: Contender, suite: SuiteEntry, settings: FeatureSettings, seed: int
    ) -> Stage:
        """Add what the features that a selector chooses do at t* of every prompt of the pool."""
        entry, method = self.bench.models[self.model], type(contender.selector).chosen
        rule = f"{method.__module__}.{method.__qualname__}"
        chosen = {
            "rule": rule,
            "version": contender.spec.version,
            "params": params_key(contender.params),
            "cut": _cut_of(settings),
            "seed": seed,
        }
        features = self.features(suite, settings)
        name = content_key(chosen, features.label, length=6)
        at = At(self.model, self.task, suite.spec.name)
        by = At(self.model, self.task, suite.spec.name, contender.label)
        choose = self.plan.add(
            Stage(self.kinds["choose"], f"choose/{at.name}/{name}", by, chosen, inputs=(features,))
        )
        role = contender.selector.score_with
        random = [settings.random_sae_l0, settings.seed] if settings.random_sae_l0 else None
        params = {
            "model": self.reading(role),
            **entry.identity,
            "saes": suite.fingerprint,
            "random": random,
            "pool": self.bench.tasks[self.task].data.pool.content,
            "role": role,
        }
        return self.add("activations", at, params, name, role, inputs=(choose,))

    def _params(self, contender: Contender, suite: SuiteEntry | None, seed: int) -> dict[str, Any]:
        """Return what determines a ranking besides its inputs."""
        pool = self.bench.tasks[self.task].data.pool
        params = {
            "selector": contender.spec.name,
            "version": contender.spec.version,
            "params": params_key(contender.params),
            "seed": seed,
            "pool": pool.fingerprint,
            **self._read(contender.spec),
        }
        return params | ({"saes": suite.fingerprint} if suite is not None else {})

    def _read(self, spec: SelectorSpec) -> dict[str, Any]:
        """Return the identity of what a selector's needs and reads name."""
        entry, target = self.bench.models[self.model], self.bench.tasks[self.task].data.target
        found: dict[str, Any] = self.bench.fields_read(self.task, spec.reads)
        if "target" in spec.needs:
            found["target"] = target.fingerprint
            read = fields_read(spec.reads, target.samples, target.tune)
            found |= {f"target_{name}": value for name, value in read.items()}
        if spec.needs & {"tokenizer", "base"}:
            found["base"] = self.reading("base")
        if "probe" in spec.needs:
            found["probe"] = self.reading("probe")
        if spec.needs & {"base", "probe"}:
            found |= entry.identity
        return found

    def _filters(self, contender: Contender, seed: int) -> tuple[Stage, ...]:
        """Add the filters in front of a contender; each sees what the one before it left."""
        before: tuple[Stage, ...] = ()
        for given in contender.filters:
            if given.spec.deterministic:
                seed = self.bench.config.selection_seeds[0]
            params = self._params(given, None, seed)
            inputs = list(before)
            if isinstance(given.selector, UsesQuantities):
                inputs += [self.forward(q, None) for q in given.selector.quantities()]
            name = content_key(params, [stage.label for stage in before], length=6)
            at = At(self.model, self.task, None, contender.label, None, seed)
            label = f"filter/{At(self.model, self.task).name}/{given.label}/{name}"
            stage = Stage(self.kinds["filter"], label, at, params, tuple(inputs))
            before = (self.plan.add(stage),)
        return before

    def rank_oracle(self, seed: int) -> Stage:
        """Add the order by declared source quality."""
        task = self.bench.tasks[self.task]
        params = {
            "selector": ORACLE,
            "quality": list(task.spec.quality),
            "seed": seed,
            "pool": task.data.pool.fingerprint,
        }
        at = At(self.model, self.task, None, ORACLE, None, seed)
        return self.add("rank", at, params, limit=self.bench.largest_budget(self.task))


def _cut_of(settings: FeatureSettings) -> dict[str, Any]:
    """Return how settings cut the table of candidates."""
    names = ("top_features", "pass_mark", "require_positive")
    return {name: getattr(settings, name) for name in names}
