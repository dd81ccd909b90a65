"""Run one selector on the toys, as a grid would, under changed circumstances."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

from igds_bench.config import parse_config
from igds_bench.core.data import Pool
from igds_bench.core.selection import Budget, Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.data.splits import load_task_data
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.checks import Problems
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.resolve import open_model, open_scorers, open_suite_for
from igds_bench.harness.plan.workbench import (
    Contender,
    ModelEntry,
    SuiteEntry,
    TaskEntry,
    Workbench,
)
from igds_bench.harness.progress import Progress
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.execute import Executor
from igds_bench.harness.stages import KINDS
from igds_bench.harness.stages.charges import charged_once, selecting_stages
from igds_bench.harness.stages.rank import rank_contender
from igds_bench.harness.store import Store
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import (
    Registered,
    Registries,
    build_registries,
    parameters,
    resolve_params,
)
from igds_bench.plugin.spec_checks import METHODS, check_selector
from igds_bench.testing.toys import TOY_MODEL, Trap, TrapPool, as_chats, toy_task

FEATURES = {"n_prior": 24, "m_dev": 8, "null_directions": 2, "delta": "log-likelihood", "tau": 0.7}
LABEL = "checked"
OTHER = "random"
"""The contender that a selector with an ``of`` parameter starts from."""
SMALL = {
    "igds_bench.modeling.batches.BATCH_TOKENS": 300,
    "igds_bench.harness.stages.forward.SHARD": 16,
    "igds_bench.features.resonance.SHARD": 16,
}
"""Sizes that must not matter, at values small enough to split the toys."""


@dataclass(frozen=True)
class Result:
    """What a selector did on the toys."""

    ranking: Ranking
    """For a control, the ids that it drew, without scores."""
    pool: Pool
    tokens: Mapping[str, int]
    """Prompt + response tokens by id."""
    cost: Mapping[str, Any]
    """Seconds, FLOPs, tokens and examples of the ranking and all shared work behind it."""
    touched: str
    """What it changed in the pool that it was lent; empty where it kept it as it was."""


@dataclass
class Lab:
    """The toys, and one selector, filter or control among them.

    Args:
        spec: what is checked.
        params: parameters that differ from the defaults; ``of`` is set where there is one.
    """

    spec: SelectorSpec
    params: Mapping[str, Any] = field(default_factory=dict)
    _known: dict[tuple[Any, ...], Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._registries: Registries = build_registries(create_plugin_manager(autoload=False))
        self._model: ModelEntry = open_model(
            self._registries.models.get(TOY_MODEL), "cpu", chat_template="chatml"
        )
        self._suite: SuiteEntry = open_suite_for(self._model, TOY_MODEL, self._registries)
        self._folder = tempfile.TemporaryDirectory(prefix="igds-check-")
        self._runs = 0
        self.trap = Trap()
        self._touched = ""

    def run(
        self,
        seed: int = 0,
        limit: int | None = None,
        reverse: bool = False,
        again: int = 0,
        chats: bool = False,
    ) -> Result:
        """Rank the toy pool; a call with equal arguments is not run twice.

        Args:
            seed: of the draw.
            limit: ids that are asked for; None asks for all.
            reverse: give the pool in reverse order.
            again: another number runs the same once more.
            chats: give the pool and the target as chats of several turns.
        """
        asked = (seed, limit, reverse, again, chats)
        if asked not in self._known:
            self._known[asked] = self._run(seed, limit, reverse, chats)
        return self._known[asked]

    def _run(self, seed: int, limit: int | None, reverse: bool, chats: bool) -> Result:
        bench = self._bench(seed, reverse, chats)
        pool = bench.tasks["toy"].data.pool
        plan = make_plan(bench, KINDS)
        self._runs += 1
        store = Store(Path(self._folder.name) / str(self._runs))
        shared = Path(self._folder.name) / ("features-of-chats" if chats else "features")
        place = store.root / "stages" / "features"
        if shared.exists():
            shutil.copytree(shared, place)
        run = LocalEngine(Executor(bench, plan, store, Progress(None)))
        cut = next(stage for stage in plan.of_kind("cut") if stage.at.selector == LABEL)
        for stage in selecting_stages(cut):
            if stage.at.selector != LABEL or stage.kind != "rank":
                run.ensure(stage)
        with self._armed():
            ranking, spent = self._ranked(cut, run, min(limit or len(pool), len(pool)))
        if place.exists():
            shutil.copytree(place, shared, dirs_exist_ok=True)
        cost = dict(spent)
        behind = [stage for stage in selecting_stages(cut) if stage.kind != "rank"]
        for meta in charged_once({s.label: run.ensure(s) for s in behind}, behind).values():
            for name in ("seconds", "flops", "tokens", "examples"):
                cost[name] = cost.get(name, 0) + (meta.get(name) or 0)
        counts = bench.token_counts(TOY_MODEL, "toy")
        tokens = {id_: count.prompt + count.response for id_, count in counts.items()}
        shutil.rmtree(store.root, ignore_errors=True)
        return Result(ranking, pool, tokens, cost, self._touched)

    def _ranked(
        self, cut: Stage, run: LocalEngine, limit: int
    ) -> tuple[Ranking, Mapping[str, Any]]:
        if self.spec.kind == "control":
            import json

            meta = run.ensure(cut)
            manifest = json.loads(
                (run.executor.results.folder(cut) / "manifest.json").read_text("utf-8")
            )
            return Ranking(tuple(manifest["ids"])), meta
        rank = next(s for s in cut.inputs if s.kind == "rank")
        return rank_contender(run.executor.given(replace(rank, limit=limit)))

    @contextmanager
    def _armed(self) -> Iterator[None]:
        self.trap.armed = True
        try:
            yield
        finally:
            self.trap.armed = False

    def _bench(self, seed: int, reverse: bool, chats: bool) -> Workbench:
        """Set the toys up as a grid of the checked selector and one that it may start from."""
        task = toy_task(self.trap)
        data = load_task_data(task)
        data = as_chats(data) if chats else data
        pool = data.pool.take(reversed(data.pool.ids)) if reverse else data.pool
        data = replace(
            data,
            pool=pool,
            test=TrapPool(data.test, self.trap, "test"),
            probe=TrapPool(data.probe, self.trap, "probe"),
        )
        contenders = self._contenders()
        labels = [{"name": c.spec.name, "label": c.label} for c in contenders.values()]
        config = parse_config(
            {
                "name": "check",
                "models": [TOY_MODEL],
                "tasks": ["toy"],
                "selectors": labels,
                "budgets": ["50%"],
                "selection_seeds": [seed],
                "references": [],
                "amplification": FEATURES,
                "device": "cpu",
            }
        )
        problems = Problems()
        scorers = open_scorers(contenders.values(), self._registries, "cpu", problems)
        problems.refuse()
        return Workbench(
            config,
            {TOY_MODEL: self._model},
            {"toy": TaskEntry(Registered(task, "toy", "", ""), data)},
            {TOY_MODEL: (self._suite,)},
            contenders,
            (Budget.parse("50%"),),
            scorers,
        )

    def _contenders(self) -> dict[str, Contender]:
        check_selector(self.spec)
        random = self._registries.selectors.get("random")
        given = dict(self.params)
        if "of" in parameters(self.spec):
            given.setdefault("of", OTHER)
        selector = resolve_params(replace(self.spec, build=self._watched()), given)
        params = {name: getattr(selector, name) for name in parameters(self.spec)}
        registered = Registered(self.spec, "checked", "", "")
        checked = Contender(LABEL, registered, selector, params)
        plain = Contender(OTHER, random, resolve_params(random.spec, {}), {"balance": "none"})
        if self.spec.kind == "filter":
            given_label = replace(checked, label=self.spec.name)
            return {LABEL: replace(plain, label=LABEL, filters=(given_label,))}
        return {LABEL: checked, OTHER: plain}

    def _watched(self) -> type:
        """Return the selector's class with an eye on the pool that it is lent."""
        lab, build = self, self.spec.build
        name = METHODS[self.spec.kind]

        def method(selector: Any, pool: Pool, *rest: Any) -> Any:
            before = _contents(pool)
            try:
                return getattr(build, name)(selector, pool, *rest)
            finally:
                lab._touched = _difference(before, _contents(pool))

        return type(build.__name__, (build,), {name: method})


def _contents(pool: Pool) -> list[tuple[Any, ...]]:
    return [(e.id, e.prompt, e.response, e.source, repr(sorted(e.metadata.items()))) for e in pool]


def _difference(before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]) -> str:
    if len(before) != len(after):
        return f"the pool has {len(after)} rows instead of {len(before)}"
    for old, new in zip(before, after, strict=True):
        if old != new:
            return f"row {old[0]} is another than before"
    return ""


@contextmanager
def small_batches() -> Iterator[None]:
    """Make batches and shards small for as long as the block runs."""
    patches = [mock.patch(name, value) for name, value in SMALL.items()]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            with suppress(RuntimeError):
                patch.stop()
