"""Cells: what they are for, what they are called, and which contender is the baseline."""

import pytest

from igds_bench.core.grid import POOL_SHARES, REFERENCES, Cell, baseline_of
from igds_bench.core.specs import SelectorSpec

PLAIN = SelectorSpec(name="longest", build=object, summary="s")
DRAW = SelectorSpec(name="random", build=object, summary="s", baseline=True)
OTHER = SelectorSpec(name="stratified", build=object, summary="s", baseline=True)


def cell(role, **at):
    return Cell(role=role, selector="x", model="m", task="t", **at)


@pytest.mark.parametrize("role", ["contender", "baseline", "control", "placebo"])
def test_a_selector_chose_for_every_cell_but_references(role):
    assert cell(role).kind == "contender"
    assert cell("reference").kind == "reference"


def test_a_role_is_no_part_of_a_cells_name():
    at = {"budget": "25%", "selection_seed": 0, "training_seed": 1}
    assert cell("baseline", **at).id == cell("contender", **at).id == "t--m--x--25pct--s0--t1"


@pytest.mark.parametrize(
    ("contenders", "declared", "wanted"),
    [
        ({"a": PLAIN, "random": DRAW}, None, "random"),
        ({"a": PLAIN, "uniform": DRAW}, None, "uniform"),
        ({"dedup": DRAW, "random": DRAW}, None, "random"),
        ({"x": DRAW, "y": DRAW}, None, "x"),
        ({"balanced": DRAW, "stratified": OTHER}, None, "stratified"),
        ({"random": PLAIN, "uniform": DRAW}, None, "uniform"),
        ({"a": PLAIN, "random": DRAW}, "a", "a"),
        ({"a": PLAIN}, None, ""),
        ({}, None, ""),
    ],
)
def test_the_baseline_is_declared_or_told_by_specification(contenders, declared, wanted):
    assert baseline_of(contenders, declared) == wanted


def test_references_without_a_budget_say_which_share_of_the_pool_they_see():
    assert set(POOL_SHARES) == set(REFERENCES) - {"oracle"}
