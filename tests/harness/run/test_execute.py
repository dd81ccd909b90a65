"""What other processes of a run have finished first stays as it is."""

import pytest

from igds_bench.harness.run.open_run import open_run
from tests.builders.grids import grid


@pytest.mark.parametrize("kind", ["rank", "cut", "record"])
def test_a_stage_that_another_process_finished_first_is_kept(first, kind):
    executor = open_run(grid(explain=None), first, run="latecomer")
    stage = executor.plan.of_kind(kind)[-1]
    place = executor.results.folder(stage) / "meta.json"
    if kind == "record":
        place = first / "records" / f"{stage.params['cell']}.json"
    before = place.read_text()
    executor.run(stage)
    assert place.read_text() == before
    assert "latecomer" not in before
