"""What can't be trained on is said before anything runs, and what is cut is told."""

import pytest

from igds_bench.errors import PlanError
from igds_bench.harness.plan.forecast import forecast
from igds_bench.harness.stages import KINDS
from tests.builders.grids import grid


@pytest.mark.parametrize(
    ("limit", "references", "message"),
    [
        (6, [], r"'tiny-math', .*none of 800 examples .*max_length: 6.*shortest prompt has \d+"),
        (2, ["target-only"], r"'tiny-math', target, model 'tiny': none of \d+ examples"),
    ],
)
def test_a_pool_of_which_nothing_would_be_trained_on_is_refused(limit, references, message):
    with pytest.raises(PlanError, match=message):
        forecast(grid(train={"sft": {"max_length": limit}}, references=references), KINDS)


@pytest.mark.parametrize(("limit", "is_said"), [(36, True), (None, False), (4096, False)])
def test_rows_that_training_would_cut_are_told_by_the_plan(limit, is_said):
    said = "".join(forecast(grid(train={"sft": {"max_length": limit}}), KINDS).notes)
    assert ("of 800 pool rows" in said and "at 36 tokens" in said) == is_said


def test_the_plan_says_which_modules_there_are():
    train = {"method": "lora", "lora": {"target_modules": ["c_attn"]}}
    with pytest.raises(PlanError, match=r"c_attn.*Its modules are .*q_proj"):
        forecast(grid(train=train), KINDS)
