"""The part of a plan that ends in rankings: shared forwards, features, filters, rankings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from igds_bench.core.features import FeatureSettings
from igds_bench.core.protocols import Matching, UsesFeatures, UsesQuantities, UsesRanking
from igds_bench.core.quantities import ActiveFeatures, Quantity
from igds_bench.core.seeding import content_key
from igds_bench.core.specs import SelectorSpec
from igds_bench.harness.plan.graph import At, Plan, Stage
from igds_bench.harness.plan.workbench import Contender, SuiteEntry, Workbench


@dataclass(frozen=True)
class RankPlace:
    """One model and task of the grid, where stages are added to the plan."""

    bench: Workbench
    plan: Plan
    model: str
    task: str

    def label(self, kind: str, *parts: object) -> str:
        """Return a stage's readable name."""
        shown = [str(part) for part in parts if part is not None]
        return "/".join([kind, self.task, self.model, *shown])

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
            "model": entry.revisions[settings.role],
            **entry.identity,
            "saes": suite.fingerprint,
            "target": task.data.target.fingerprint,
            "metric": [task.spec.metric.name, task.spec.metric.version],
            "generation": [task.spec.max_new_tokens, list(task.spec.stop)],
        }
        label = self.label("features", suite.spec.name, content_key(key_fields, length=6))
        return self.plan.add(
            Stage("features", label, At(self.model, self.task, suite.spec.name), params)
        )

    def forward(self, quantity: Quantity, suite: SuiteEntry | None) -> Stage:
        """Add the stage that reads a shared quantity."""
        data = self.bench.tasks[self.task].data
        entry, role = self.bench.entry_for(self.model, quantity.model)
        pool = data.pool if quantity.over == "pool" else data.target.samples
        reads = suite if isinstance(quantity, ActiveFeatures) else None
        fields = {k: v for k, v in quantity.key_fields().items() if k not in ("model", "over")}
        params = {
            "quantity": fields,
            "forward": [entry.revisions[role], entry.identity, quantity.view, pool.content],
            "saes": reads.fingerprint if reads else None,
        }
        name = reads.spec.name if reads else None
        read = [quantity.model, quantity.view, quantity.over]
        label = self.label("forward", *read, quantity.name, name, content_key(params, length=6))
        at = At(self.model, self.task, name)
        return self.plan.add(Stage("forward", label, at, params, quantity=quantity))

    def rank(self, contender: Contender, suite: SuiteEntry | None, seed: int) -> Stage:
        """Add a ranking and all that it reads."""
        params = self._params(contender, suite, seed)
        inputs = list(self._filters(contender, seed))
        if isinstance(contender.selector, UsesQuantities):
            inputs += [self.forward(q, suite) for q in contender.selector.quantities()]
        if suite is not None and isinstance(contender.selector, UsesFeatures):
            settings = contender.selector.feature_settings(self.bench.config.amplification)
            names = ("top_features", "pass_mark", "require_positive")
            params["cut"] = {name: getattr(settings, name) for name in names}
            inputs.append(self.features(suite, settings))
        if isinstance(contender.selector, UsesRanking):
            other = self.bench.contenders[contender.selector.of]
            draw = self.bench.config.selection_seeds[0] if other.spec.deterministic else seed
            inputs.append(self.rank(other, suite, draw))
        name = suite.spec.name if suite else None
        return self.plan.add(
            Stage(
                "rank",
                self.label("rank", contender.label, name, f"s{seed}"),
                At(self.model, self.task, name, contender.label, None, seed),
                params,
                tuple(inputs),
                limit=self.bench.largest_budget(self.task),
            )
        )

    def _params(self, contender: Contender, suite: SuiteEntry | None, seed: int) -> dict[str, Any]:
        """Return what determines a ranking besides its inputs."""
        params = {
            "selector": contender.spec.name,
            "version": contender.spec.version,
            "params": dict(contender.params),
            "seed": seed,
            "pool": self.bench.tasks[self.task].data.pool.fingerprint,
            **self._read(contender.spec),
        }
        return params | ({"saes": suite.fingerprint} if suite is not None else {})

    def _read(self, spec: SelectorSpec) -> dict[str, Any]:
        """Return the identity of what a selector's needs name."""
        entry, target = self.bench.models[self.model], self.bench.tasks[self.task].data.target
        found: dict[str, Any] = {}
        if "target" in spec.needs:
            found["target"] = target.fingerprint
        if spec.needs & {"tokenizer", "base"}:
            found["base"] = entry.revisions["base"]
        if "probe" in spec.needs:
            found["probe"] = entry.revisions["probe"]
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
            label = self.label("filter", given.label, name)
            at = At(self.model, self.task, None, contender.label, None, seed)
            before = (self.plan.add(Stage("filter", label, at, params, tuple(inputs))),)
        return before

    def rank_oracle(self, seed: int) -> Stage:
        """Add the order by declared source quality."""
        task = self.bench.tasks[self.task]
        params = {
            "selector": "oracle",
            "quality": list(task.spec.quality),
            "seed": seed,
            "pool": task.data.pool.fingerprint,
        }
        at = At(self.model, self.task, None, "oracle", None, seed)
        limit = self.bench.largest_budget(self.task)
        return self.plan.add(Stage("rank", self.label("rank", "oracle"), at, params, limit=limit))
