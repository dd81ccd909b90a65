"""What becomes of a cell when several processes work on a run."""

import pytest

from igds_bench.harness.run.cells import CellRunner
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.execute import StageFailure
from igds_bench.harness.run.open_run import open_run
from igds_bench.harness.run.reuse import Published
from tests.builders.grids import grid


@pytest.fixture
def runner(first):
    return CellRunner(LocalEngine(open_run(grid(), first)), Published(), lambda hook, **facts: None)


@pytest.mark.parametrize("finished_elsewhere", [True, False])
def test_a_cell_that_another_process_finished_does_not_fail_here(
    runner, first, monkeypatch, finished_elsewhere
):
    stage = runner.engine.executor.plan.records[-1]
    place = first / "records" / f"{stage.params['cell']}.json"
    text = place.read_text()
    place.unlink()

    def fails(stage):
        if finished_elsewhere:
            place.write_text(text)
        raise StageFailure(stage, "its weights were dropped meanwhile")

    monkeypatch.setattr(runner.engine, "ensure", fails)
    found = runner.run(stage)
    assert found.status == ("ok" if finished_elsewhere else "failed")
    assert len(runner.failed) == (not finished_elsewhere)
    assert place.exists() == finished_elsewhere
