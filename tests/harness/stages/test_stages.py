"""Shared forwards, filters and matched controls, through a real plan on the embedded model."""

import json
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from igds_bench.config import parse_config
from igds_bench.core.quantities import Quantity
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import PlanError
from igds_bench.harness.outputs.rankings import read_ranking
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.forecast import forecast_plan
from igds_bench.harness.plan.resolve import resolve
from igds_bench.harness.progress import Progress
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.execute import Executor, StageFailure
from igds_bench.harness.stages import KINDS
from igds_bench.harness.stages.charges import charged_once, selecting_flops, selecting_stages
from igds_bench.harness.store import Store
from igds_bench.plugin.registry import Registered, Registry
from igds_bench.testing.toys import toy_task


@pytest.fixture
def toys(registries, tmp_path):
    """Return a function that lays out a grid on the toy task."""
    task = Registered(toy_task(), "toy", "", "")
    ours = replace(registries, tasks=Registry("task", [task], {}))

    def lay(selectors, extra=None, **changes):
        config = parse_config(
            {
                "name": "shared",
                "models": ["tiny"],
                "tasks": ["toy"],
                "selectors": selectors,
                "budgets": ["25%", "50%"],
                "references": [],
                "amplification": {"n_prior": 24, "m_dev": 8, "null_directions": 2, "tau": 0.7},
                **changes,
            }
        )
        known = replace(ours, selectors=Registry("selector", extra, {})) if extra else ours
        bench = resolve(config, known)
        plan = make_plan(bench, KINDS)
        return LocalEngine(Executor(bench, plan, Store(tmp_path / "run"), Progress(None)))

    return lay


def stages(run, kind, selector=None):
    return [
        stage
        for stage in run.executor.plan.stages.values()
        if stage.kind == kind and selector in (None, stage.at.selector)
    ]


DEDUP = {"name": "semantic-dedup", "params": {"threshold": 0.6}}
MANY = ["loss", "ifd", "rds-plus", "k-center", "sae-greedy"]


def test_many_selectors_forward_the_pool_twice_and_the_target_once(toys):
    run = toys([*MANY, "igds"])
    lines = forecast_plan(
        run.executor.plan, run.executor.bench, run.executor.results.store
    ).forwards
    assert len(lines) == 4  # prompt+response, bos+response, the target, and prompts for igds
    assert "TokenLosses, Embeddings, ActiveFeatures for ifd, k-center, loss" in "\n".join(lines)


def test_one_forward_computes_all_that_the_plan_asks_of_it(toys):
    run = toys(MANY)
    run.ensure(stages(run, "rank", "loss")[0])
    done = {s.quantity.name for s in stages(run, "forward") if s.label in run.executor.computed}
    assert done == {"TokenLosses", "Embeddings", "ActiveFeatures"}
    assert not [s for s in stages(run, "rank", "k-center") if s.label in run.executor.computed]


def test_a_forward_goes_on_right_where_the_grid_names_its_selectors_in_another_order(
    toys, monkeypatch
):
    before = toys(["loss", "k-center"])

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("igds_bench.harness.stages.forward.assemble", stopped)
        with pytest.raises(KeyboardInterrupt):
            before.ensure(stages(before, "rank", "loss")[0])
    after = toys(["k-center", "loss"])
    losses, embeddings = sorted(
        stages(after, "forward"), key=lambda stage: stage.quantity.name, reverse=True
    )
    after.ensure(embeddings)
    bench, results = after.executor.bench, after.executor.results
    counts = bench.token_counts("tiny", "toy")
    wanted = [counts[id_].response for id_ in bench.tasks["toy"].data.pool.ids]
    assert np.load(results.folder(losses) / "lengths.npy").tolist() == wanted
    width = bench.models["tiny"].shape.width
    assert set(np.load(results.folder(embeddings) / "lengths.npy").tolist()) == {width}


def test_a_ranking_that_another_process_made_longer_is_kept(toys):
    run = toys(["k-center"])
    stage = stages(run, "rank")[0]
    run.ensure(stage)
    longer = read_ranking(run.executor.results.folder(stage)).ids
    run.executor.run(replace(stage, limit=2))
    assert read_ranking(run.executor.results.folder(stage)).ids == longer


def test_a_ranking_does_not_depend_on_what_else_is_in_the_grid(toys, tmp_path):
    alone = toys(["loss"])
    first = stages(alone, "rank")[0]
    alone.ensure(first)
    ranking = read_ranking(alone.executor.results.folder(first))
    import shutil

    shutil.rmtree(tmp_path / "run")
    among = toys(MANY)
    second = stages(among, "rank", "loss")[0]
    among.ensure(second)
    assert among.executor.results.folder(second).name == alone.executor.results.folder(first).name
    assert read_ranking(among.executor.results.folder(second)).scores == ranking.scores


def test_shared_work_is_charged_as_if_it_had_run_alone(toys, tmp_path):
    import shutil

    alone = toys(["k-center"])
    rank = stages(alone, "cut")[0]
    alone.ensure(rank)
    flops = selecting_flops(rank, alone.executor.results)
    assert flops > 0
    shutil.rmtree(tmp_path / "run")
    among = toys(MANY)
    for stage in stages(among, "cut"):
        among.ensure(stage)
    assert selecting_flops(stages(among, "cut", "k-center")[0], among.executor.results) == flops


def test_a_selection_that_reads_two_quantities_of_one_forward_pays_for_it_once(toys):
    """The filter reads embeddings, the selector losses: alone, they would share a forward."""
    run = toys(["loss", "k-center", {"name": "loss", "label": "both", "filters": [DEDUP]}])
    for stage in stages(run, "cut"):
        run.ensure(stage)
    whole, embeddings, both = (
        selecting_flops(stages(run, "cut", name)[0], run.executor.results)
        for name in ("loss", "k-center", "both")
    )
    common = {run.ensure(s)["common_flops"] for s in stages(run, "forward")}
    assert len(common) == 1
    assert both == pytest.approx(whole + embeddings - common.pop())
    facts = charged_once({s.label: run.ensure(s) for s in stages(run, "forward")}, list_of(run))
    assert sorted(meta["examples"] for meta in facts.values()) == [0, 60]


def list_of(run):
    return list(run.executor.plan.stages.values())


def test_every_stage_of_a_selection_records_its_whole_cost(toys):
    run = toys([*MANY, "igds", "zip", {"name": "random", "filters": [DEDUP]}])
    for stage in stages(run, "cut"):
        run.ensure(stage)
        for behind in selecting_stages(stage):
            meta = run.ensure(behind)
            assert meta["seconds"] > 0 and meta["peak_memory_bytes"] > 0, behind.label
            for name in ("flops", "tokens", "examples"):
                assert meta[name] >= 0 and (behind.kind != "forward" or meta[name]), behind.label


def test_an_interrupted_forward_goes_on_where_it_stopped(toys, monkeypatch):
    from igds_bench.harness.stages import forward
    from igds_bench.modeling.forward import ExampleForward

    monkeypatch.setattr(forward, "SHARD", 16)
    whole, calls = ExampleForward.run, []

    def stops(self, examples, progress):
        calls.append(len(examples))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return whole(self, examples, progress)

    monkeypatch.setattr(ExampleForward, "run", stops)
    run = toys(["loss"])
    with pytest.raises(KeyboardInterrupt):
        run.ensure(stages(run, "rank")[0])
    run.ensure(stages(run, "rank")[0])
    assert sum(calls) == len(run.executor.bench.tasks["toy"].data.pool) + 16


def test_a_quantity_that_is_not_declared_is_refused(toys, monkeypatch):
    from igds_bench.builtin.selectors.loss.loss import Loss

    monkeypatch.setattr(Loss, "quantities", lambda self: ())
    run = toys(["loss"])
    with pytest.raises(StageFailure, match="which its `quantities` does not return"):
        run.ensure(stages(run, "rank")[0])


def manifest(run, stage):
    run.ensure(stage)
    return json.loads((run.executor.results.folder(stage) / "manifest.json").read_text())["ids"]


def test_a_filter_puts_rejected_rows_last_and_backfill_is_recorded(toys):
    entry = {
        "name": "random",
        "filters": [{"name": "semantic-dedup", "params": {"threshold": 0.6}}],
    }
    run = toys([entry], budgets=["10%", "100%"])
    small, whole = stages(run, "cut")
    rejected = (
        json.loads(
            (run.executor.results.folder(stages(run, "filter")[0]) / "rejected.json").read_text()
        )
        if run.ensure(small)
        else {}
    )
    assert rejected and not set(manifest(run, small)) & set(rejected)
    ids = manifest(run, whole)
    assert set(ids[-len(rejected) :]) == set(rejected)
    assert run.ensure(whole)["notes"]["backfilled"] == len(rejected)
    assert run.ensure(small)["notes"]["backfilled"] == 0
    assert len(ids) == len(run.executor.bench.tasks["toy"].data.pool)


def test_a_filter_is_no_selector_and_a_selector_no_filter(toys):
    with pytest.raises(PlanError, match="chooses nothing by itself"):
        toys(["semantic-dedup"])
    with pytest.raises(
        PlanError, match=r"is no filter but a selector; the filters are: .*semantic-dedup"
    ):
        toys([{"name": "random", "filters": ["loss"]}])


def test_matched_controls_follow_the_selection_at_every_budget(toys):
    entries = [
        "longest",
        {"name": "matched", "label": "m-tokens", "params": {"of": "longest"}},
        {"name": "matched", "label": "m-compute", "params": {"of": "longest", "by": "compute"}},
    ]
    run = toys(entries)
    counts = run.executor.bench.token_counts("tiny", "toy")
    for budget in ("25%", "50%"):
        [own] = [s for s in stages(run, "cut", "longest") if s.at.budget.label == budget]
        [drawn] = [s for s in stages(run, "cut", "m-tokens") if s.at.budget.label == budget]
        tokens = [sum(sum(counts[i]) for i in manifest(run, s)) for s in (own, drawn)]
        longest = max(sum(c) for c in counts.values())
        assert tokens[0] - longest < tokens[1] <= tokens[0]
        [same] = [s for s in stages(run, "cut", "m-compute") if s.at.budget.label == budget]
        assert len(manifest(run, same)) == len(manifest(run, own))  # longest costs no operations


def test_compute_matched_draws_are_enlarged_by_what_selecting_cost(toys):
    run = toys(["loss", {"name": "matched", "params": {"of": "loss", "by": "compute"}}])
    own, drawn = stages(run, "cut", "loss")[0], stages(run, "cut", "matched")[0]
    extra = len(manifest(run, drawn)) - len(manifest(run, own))
    parameters = run.executor.bench.models["tiny"].shape.parameters
    counts = run.executor.bench.token_counts("tiny", "toy")
    tokens = sum(sum(counts[i]) for i in manifest(run, drawn)[-extra:])
    assert 0 < tokens <= selecting_flops(own, run.executor.results) / (6 * parameters)


def test_an_entry_may_train_for_as_many_steps_as_the_whole_pool_takes(toys):
    entry = {"name": "random", "label": "equal-steps", "match": "steps"}
    run = toys(["random", entry])
    settings = {s.at.selector: s.params["settings"]["match"] for s in stages(run, "finetune")}
    assert settings == {"random": "epochs", "equal-steps": "steps"}


def test_a_matched_control_of_nothing_is_refused(toys):
    with pytest.raises(PlanError, match="set `of` to one of random"):
        toys(["random", {"name": "matched", "params": {"of": "los"}}])


@dataclass(frozen=True)
class Lengths(Quantity):
    """A plugin's own quantity: how many tokens an example has."""

    ragged: ClassVar[bool] = False

    def reader(self, given):
        return LengthReader()


class LengthReader:
    place = "final"
    dtype = "float32"

    def read(self, states, batch):
        return [np.array([float(end)]) for end in batch.ends.tolist()]


@dataclass(frozen=True)
class Unread(Quantity):
    """A quantity that nothing reads."""


def selector_of(quantity):
    @dataclass(frozen=True)
    class ByQuantity:
        def quantities(self):
            return (quantity,)

        def rank(self, pool, context):
            values = context.measured(pool, quantity)
            scores = dict(zip(pool.ids, values[:, 0].tolist(), strict=True))
            return Ranking.by_score(scores, context.seed)

    return SelectorSpec("by-quantity", ByQuantity, "s", needs=frozenset({"base"}))


@pytest.fixture
def plugged(registries, toys):
    """Return a function that lays out a grid with a selector that reads a quantity."""

    def lay(quantity, *others):
        ours = [*registries.selectors, Registered(selector_of(quantity), "t", "", "")]
        return toys(["by-quantity", *others], extra=ours)

    return lay


def test_a_plugins_quantity_is_read_by_its_own_reader(plugged):
    run = plugged(Lengths(), "loss", "k-center")
    stage = stages(run, "rank", "by-quantity")[0]
    run.ensure(stage)
    ranking = read_ranking(run.executor.results.folder(stage))
    counts = run.executor.bench.token_counts("tiny", "toy")
    assert ranking.scores == {id_: float(sum(count)) for id_, count in counts.items()}


@dataclass(frozen=True)
class Failing(Lengths):
    """A quantity whose reader fails."""

    def reader(self, given):
        raise ValueError("on purpose")


def test_a_quantity_that_fails_is_blamed_alone(plugged):
    run = plugged(Failing(), "loss")
    run.ensure(stages(run, "rank", "loss")[0])
    with pytest.raises(StageFailure, match="on purpose") as failed:
        run.ensure(stages(run, "rank", "by-quantity")[0])
    assert failed.value.stage.quantity == Failing()


def test_a_quantity_of_a_plugin_is_never_one_of_the_same_name(plugged):
    mine = dataclass(frozen=True)(type("TokenLosses", (Lengths,), {}))
    run = plugged(mine(), "loss")
    keys = [run.executor.results.key(stage) for stage in stages(run, "forward")]
    assert len(set(keys)) == 2


def test_a_quantity_that_nothing_reads_is_refused_by_the_plan(plugged):
    with pytest.raises(PlanError, match="reads the quantity Unread, which has no `reader`"):
        plugged(Unread())
