"""Which cells a grid has."""

import pytest

from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.resolve import open_grid
from igds_bench.harness.stages import KINDS
from tests.builders.grids import controlled


def test_a_selector_has_budgets_and_seeds_of_its_own():
    own = {"name": "random", "budgets": ["3%"], "selection_seeds": [4, 5], "training_seeds": [7]}
    config = controlled(selectors=["igds", own], training_seeds=[0, 1], tasks=["tiny-math"])
    plan = make_plan(open_grid(config)[1], KINDS)
    cells = [planned.cell for planned in plan.cells]
    random = [cell for cell in cells if cell.selector == "random"]
    assert {(c.budget, c.selection_seed, c.training_seed) for c in random} == {
        ("3%", 4, 7),
        ("3%", 5, 7),
    }
    igds = [cell for cell in cells if cell.selector == "igds"]
    assert {(c.budget, c.training_seed) for c in igds} == {("2%", 0), ("2%", 1)}


def evaluations(**evaluation):
    tasks = ["tiny-math", "tiny-translation"]
    bench = open_grid(controlled(tasks=tasks, evaluation=evaluation))[1]
    plan = make_plan(bench, KINDS)
    found = (planned.evaluate for planned in plan.cells if planned.cell.selector == "base")
    return {stage.at.task: (stage.params, stage.does.cost(stage, bench).tokens) for stage in found}


def test_samples_are_keyed_and_charged_where_they_are_drawn():
    without, drawn = evaluations(), evaluations(samples={"n": 4, "k": [2]})
    assert drawn["tiny-translation"] == without["tiny-translation"]
    params, tokens = without["tiny-math"]
    assert "samples" not in params["settings"]
    assert drawn["tiny-math"][0]["settings"]["samples"]["n"] == 4
    assert drawn["tiny-math"][1] == pytest.approx(3 * tokens, rel=0.01)
