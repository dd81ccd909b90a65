"""The engine of one process: what is dropped, trained again, spared and told once."""

import logging

import pytest

from igds_bench.core.record import read_record
from igds_bench.harness.plan.cost import Cost
from igds_bench.harness.plan.kinds import StageKind, table_of
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.execute import StageFailure
from igds_bench.harness.run.grid import run_grid
from igds_bench.harness.run.open_run import open_run
from igds_bench.harness.stages import KINDS
from tests.builders.grids import grid

CELL = "tiny-math--tiny--random--2pct--s0--t0"


def weigh(given):
    """Sum the weights of the cell's model."""
    total = sum(float(p.detach().double().sum()) for p in given.model().model.parameters())
    (given.folder / "total.txt").write_text(str(total))
    return {"total": total}


def of_every_cell(planned, place):
    return place.measure("weigh", planned.finetune, {})


WEIGH = StageKind(
    name="weigh",
    version=1,
    run=weigh,
    cost=lambda stage, bench: Cost(),
    charge="evaluation",
    measures_model=True,
    outputs=("total.txt",),
    measure=of_every_cell,
    tells=("total",),
)
WITH_WEIGH = table_of(*KINDS.values(), WEIGH)


def stage_of(executor, kind, selector="random"):
    return next(s for s in executor.plan.of_kind(kind) if s.at.selector == selector)


@pytest.fixture
def engine(tmp_path):
    return LocalEngine(open_run(grid(explain=None), tmp_path))


def weights(engine):
    folder = engine.executor.results.folder(stage_of(engine.executor, "finetune"))
    return (folder / "weights").exists()


def test_weights_stay_until_the_last_stage_that_needs_them_is_done(engine):
    ensured = []
    for kind in ("finetune", "evaluate", "amplify"):
        engine.ensure(stage_of(engine.executor, kind))
        ensured.append(weights(engine))
    engine.ensure(stage_of(engine.executor, "record"))
    assert (ensured, weights(engine)) == ([True] * 3, False)


def test_weights_that_were_dropped_are_trained_again_for_a_new_measure(tmp_path):
    run_grid(grid(), tmp_path)
    before = read_record(tmp_path / "records" / f"{CELL}.json")
    outcome = run_grid(grid(), tmp_path, kinds=WITH_WEIGH)
    assert (outcome.computed, outcome.failed) == (2, [])
    after = read_record(tmp_path / "records" / f"{CELL}.json")
    base = read_record(tmp_path / "records" / "tiny-math--tiny--base.json")
    assert after.measures["weigh"]["total"] != base.measures["weigh"]["total"]
    assert after.scores == before.scores
    assert not list(tmp_path.glob("stages/finetune/*/weights"))


def test_a_failure_is_remembered_and_told_of_every_stage_that_hangs_on_it(engine, monkeypatch):
    asked = []

    def fails(*_, **__):
        asked.append(1)
        raise RuntimeError("on purpose")

    monkeypatch.setattr("igds_bench.finetune.train.train", fails)
    for kind in ("evaluate", "amplify", "record"):
        with pytest.raises(StageFailure, match="RuntimeError: on purpose") as failed:
            engine.ensure(stage_of(engine.executor, kind))
        assert failed.value.stage.kind == "finetune"
    assert len(asked) == 1


def test_what_a_record_can_do_without_is_said_once_and_its_weights_are_dropped(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    # Nothing is active on every sample in the last layer alone.
    wanted = {"delta": "log-likelihood", "m_dev": 8, "n_prior": 20, "tau": 1.0, "layers": [3]}
    config = grid(selectors=["random", "longest"], amplification=wanted, explain=None)
    assert run_grid(config, tmp_path).failed == []
    said = [r.getMessage() for r in caplog.records if "left out" in r.getMessage()]
    assert len(said) == 1 and "no feature of SAE suite 'tiny' is active" in said[0]
    assert not list(tmp_path.glob("stages/finetune/*/weights"))


def test_a_stage_whose_output_is_gone_is_computed_again(engine):
    cut = stage_of(engine.executor, "cut")
    engine.ensure(cut)
    results = engine.executor.results
    rank = results.folder(stage_of(engine.executor, "rank"))
    (rank / "ranking.json").unlink()
    assert not results.is_done(stage_of(engine.executor, "rank"))
    engine.ensure(stage_of(engine.executor, "rank"))
    assert (rank / "ranking.json").exists()
