"""An adapter that a model has no modules for is refused before weights are loaded."""

import pytest

from igds_bench.core.settings import FinetuneSettings
from igds_bench.finetune.adapter import check_adapter, lora_config
from igds_bench.modeling.load import empty_model


def lora(**given):
    return FinetuneSettings(method="lora", lora=given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"target_modules": ["q_porj"]}, "q_porj"),
        ({"target_modules": "blocks.*"}, "blocks.*"),
        ({"target_modules": ["q_proj"], "layers_to_transform": [99]}, "q_proj"),
        ({"modules_to_save": ["lm_haed"]}, "Did you mean 'lm_head'"),
        ({"rank_pattern": {"q_porj": 4}}, "q_porj"),
        ({"target_parameters": ["q_porj"]}, "q_porj"),
    ],
)
def test_what_a_model_does_not_have_is_named(tiny_spec, given, said):
    [problem] = check_adapter(lora(**given), "tiny", empty_model(tiny_spec))
    assert said in problem and "model 'tiny'" in problem and "train.lora" in problem


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"target_modules": ["q_proj", "v_proj"], "modules_to_save": ["lm_head"]},
        {"target_modules": ".*down_proj", "use_dora": True},
        {"init_lora_weights": "pissa"},
        {"target_modules": ["q_proj"], "layers_to_transform": [1]},
    ],
)
def test_what_a_model_has_passes(tiny_spec, given):
    assert check_adapter(lora(**given), "tiny", empty_model(tiny_spec)) == []


def test_training_of_all_weights_has_no_adapter(tiny_spec):
    assert lora_config(FinetuneSettings()) is None
    assert check_adapter(FinetuneSettings(), "tiny", empty_model(tiny_spec)) == []
