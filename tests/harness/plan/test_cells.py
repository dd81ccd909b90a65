"""Which cells a grid has."""

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
