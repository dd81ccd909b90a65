"""What contenders are for in a grid: its baseline, its controls, its references."""

import shutil
from dataclasses import replace

import pytest

from igds_bench.config import parse_config
from igds_bench.core.grid import Cell
from igds_bench.core.specs import TaskSpec
from igds_bench.data.examples import to_examples
from igds_bench.data.splits import TaskData
from igds_bench.errors import ConfigError, PlanError
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.resolve import resolve
from igds_bench.harness.plan.workbench import TaskEntry
from igds_bench.harness.requests.own_pool import RAW_TASK
from igds_bench.harness.stages import KINDS
from igds_bench.metrics import exact_match
from igds_bench.plugin.registry import Registered


def grid(selectors, **changes):
    wanted = {
        "name": "g",
        "models": ["tiny"],
        "tasks": ["tiny-math"],
        "selectors": selectors,
        "budgets": ["10%"],
    }
    return parse_config({**wanted, **changes})


def roles(config, registries):
    """Return the role of every row, by label, from the cells of the plan."""
    return {
        planned.cell.selector: planned.cell.role
        for planned in make_plan(resolve(config, registries), KINDS).cells
    }


def test_every_cell_says_what_it_is_for(registries):
    selectors = [
        {"name": "random", "label": "uniform"},
        {"name": "random", "label": "equal-steps", "match": "steps"},
        "longest",
        {"name": "matched", "params": {"of": "longest"}},
        {"name": "shuffled-scores", "label": "placebo", "params": {"of": "longest"}},
        "dense-direction",
    ]
    config = grid(selectors, references=["base", "full", "oracle", "target-only"])
    assert roles(config, registries) == {
        **dict.fromkeys(("base", "full", "oracle", "target-only"), "reference"),
        "uniform": "baseline",
        "equal-steps": "control",
        "longest": "contender",
        "matched": "control",
        "placebo": "placebo",
        "dense-direction": "control",
    }


def test_a_grid_may_name_another_baseline(registries):
    config = grid(["random", "longest"], baseline="longest", references=[])
    assert roles(config, registries) == {"random": "contender", "longest": "baseline"}


def test_a_grid_without_a_baseline_runs_and_has_none(registries):
    assert roles(grid(["longest"], references=[]), registries) == {"longest": "contender"}


def test_a_baseline_that_is_no_entry_is_said_with_the_nearest():
    with pytest.raises(ConfigError, match=r"called 'unifrom'\. Did you mean 'uniform'\?"):
        grid([{"name": "random", "label": "uniform"}, "longest"], baseline="unifrom")
    with pytest.raises(ConfigError, match="They are: longest"):
        grid(["longest"], baseline="base")


def test_a_baseline_with_a_row_for_each_of_several_suites_is_refused(registries, tmp_path):
    shutil.copytree(registries.saes.get("tiny").spec.folder, tmp_path / "again")
    suites = ["tiny", str(tmp_path / "again")]
    with pytest.raises(PlanError, match=r"each row would have several baselines"):
        resolve(grid(["igds", "random"], baseline="igds", saes=suites), registries)
    resolve(grid(["igds", "random"], baseline="igds", saes=suites[:1]), registries)
    resolve(grid(["igds", "random"], saes=suites), registries)


def test_who_is_the_baseline_changes_no_cells_id(registries):
    selectors = ["random", "longest"]
    plans = [
        make_plan(resolve(grid(selectors, baseline=name), registries), KINDS)
        for name in (None, "longest")
    ]
    assert [p.cell.id for p in plans[0].cells] == [p.cell.id for p in plans[1].cells]
    assert all(isinstance(p.cell, Cell) for p in plans[0].cells)


@pytest.mark.parametrize(("prompt", "said"), [("{question}\nAnswer:\n", True), ("{q}\n:", False)])
def test_a_prompt_that_ends_with_a_line_break_is_noted(prompt, said):
    spec = TaskSpec("own", prompt, "{answer}", lambda split: (), (exact_match(),))
    notes = TaskEntry(Registered(spec, "own", "", ""), TaskData.without_target()).notes()
    assert any("ends with a line break" in note and "|-" in note for note in notes) == said


def written(rows, **changes):
    """Return what keys hold of how a pool's examples are written."""
    spec = replace(RAW_TASK, **changes)
    data = TaskData.without_target().with_pool(to_examples(rows, spec, "pool"))
    return TaskEntry(Registered(spec, "own", "", ""), data).writing


PLAIN = [{"prompt": "Why?", "response": "So."}]


def test_examples_that_are_written_as_ever_have_the_keys_that_they_had():
    assert written(PLAIN) == ""
    assert written([{"messages": ["Why?", "So."]}]) == ""


@pytest.mark.parametrize(
    ("rows", "changes"),
    [
        ([{"prompt": "def f():\n", "response": "    return 1"}], {}),
        ([{"prompt": "Why?", "response": "So.\n"}], {}),
        ([{"prompt": "Why? ", "response": "So."}], {}),
        ([{"prompt": "为什么？", "response": "因为。"}], {}),
        (PLAIN, {"joiner": ""}),
        (PLAIN, {"template": "chat"}),
        ([{"messages": ["Why?", "So."]}], {"template": "plain"}),
    ],
)
def test_examples_that_are_written_otherwise_have_other_keys(rows, changes):
    assert written(rows, **changes) != ""
    assert written(rows, **changes) == written(rows, **changes)
