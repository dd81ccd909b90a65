"""A forecast says of every stage whether it will run: just what an engine then computes."""

import shutil

import pytest

from igds_bench.harness.plan.forecast import forecast, stage_states
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.open_run import open_run
from igds_bench.harness.stages import KINDS
from tests.builders.grids import grid

GONE = {
    "nothing": ([], set()),
    "what only a record that is there would need": (
        ["finetune", "evaluate", "amplify", "features"],
        set(),
    ),
    "records": (["records"], {"record"}),
    "a measure of weights that were dropped": (
        ["records", "amplify"],
        {"finetune", "amplify", "record"},
    ),
    "a ranking and nothing that hangs on it": (["rank"], set()),
    "a ranking and the record": (["records", "rank"], {"rank", "record"}),
}


@pytest.mark.parametrize(("removed", "kinds"), GONE.values(), ids=GONE)
def test_what_is_to_run_is_what_an_engine_computes(first, removed, kinds):
    for name in removed:
        shutil.rmtree(first / "records" if name == "records" else first / "stages" / name)
    config = grid(explain=None)
    executor = open_run(config, first)
    states = stage_states(executor.plan, executor.results.store)
    said = {label for label, is_done in states.items() if not is_done}
    engine = LocalEngine(executor)
    for target in executor.plan.ends:
        if not executor.results.is_done(target):
            engine.ensure(target)
    assert said == executor.computed
    assert {executor.plan.stages[label].kind for label in said} == kinds


def test_a_cell_whose_record_is_there_is_done_whatever_lies_behind_it(first):
    shutil.rmtree(first / "stages" / "finetune")
    found = forecast(grid(), KINDS, first)
    assert (found.cells_done, found.cells) == (2, 2)
