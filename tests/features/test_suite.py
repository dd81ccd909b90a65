import json
import warnings

import pytest
import torch

from igds_bench.core.specs import ModelSpec, SAESpec
from igds_bench.errors import ModelError
from igds_bench.features.suite import FeatureReader, check_suite_fits, open_suite, spec_from_folder
from tests.features.conftest import save_sae

MODEL = ModelSpec("random", "some/where")


def test_amplifying_a_feature_adds_its_activation_times_its_direction(random_sae):
    """decode(acts with a_f doubled) + reconstruction error - h == a_f * W_dec[f]."""
    hidden = torch.randn(6, 32)
    with torch.no_grad():
        acts = random_sae.encode(hidden)
        error = hidden - random_sae.decode(acts)
        reader = FeatureReader(random_sae, range(64))
        for feature in range(0, 64, 9):
            doubled = acts.clone()
            doubled[:, feature] *= 2
            change = random_sae.decode(doubled) + error - hidden
            wanted = acts[:, [feature]] * reader.directions[feature]
            torch.testing.assert_close(change, wanted, atol=1e-5, rtol=1e-4)
            silent = acts[:, feature] == 0
            assert change[silent].abs().max() < 1e-5 if silent.any() else True


def test_chosen_columns_equal_the_whole_encoding(random_sae):
    hidden = torch.randn(40, 32)
    chosen = [3, 60, 17]
    with torch.no_grad():
        wanted = random_sae.encode(hidden)[:, chosen]
    assert (wanted > 0).any()
    torch.testing.assert_close(
        FeatureReader(random_sae, chosen).activations(hidden), wanted, atol=1e-6, rtol=1e-5
    )


def test_folder_describes_itself(tmp_path):
    for layer in (0, 2):
        save_sae(tmp_path, "jumprelu", layer)
    spec = spec_from_folder(tmp_path)
    assert (spec.trained_on, open_suite(spec).layers) == ("random", (0, 2))
    assert check_suite_fits(spec, MODEL, 3, 32) == []


def test_fingerprint_follows_the_weights(tmp_path):
    save_sae(tmp_path, "jumprelu", 0)
    before = open_suite(spec_from_folder(tmp_path)).fingerprint
    assert open_suite(spec_from_folder(tmp_path)).fingerprint == before
    save_sae(tmp_path, "jumprelu", 0, seed=1)
    assert open_suite(spec_from_folder(tmp_path)).fingerprint != before


@pytest.mark.parametrize(
    ("arguments", "n_layers", "width", "message"),
    [
        ({}, 3, 48, "its width is 32, and model 'random' has 48"),
        ({}, 1, 32, "has layer 1, and model 'random' has only 1 layers"),
        ({"model_name": "other"}, 3, 32, "was trained on 'other', not on 'random'"),
        ({"hook_name": "blocks.1.hook_mlp_out"}, 3, 32, "needs the residual stream after a block"),
        (
            {"hook_name": "blocks.0.hook_resid_post"},
            3,
            32,
            "was trained on block 0, and its folder says 1",
        ),
    ],
)
def test_a_misfit_is_named(tmp_path, arguments, n_layers, width, message):
    save_sae(tmp_path, "standard", 1, **arguments)
    (problem,) = check_suite_fits(spec_from_folder(tmp_path), MODEL, n_layers, width)
    assert message in problem


def test_a_transcoder_is_refused(tmp_path):
    save_sae(tmp_path, "standard", 1)
    path = tmp_path / "layer_1" / "cfg.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "architecture": "transcoder"}))
    assert "a transcoder" in check_suite_fits(spec_from_folder(tmp_path), MODEL, 3, 32)[0]


def test_transfer_can_be_allowed_and_instruct_models_are_accepted_by_name(tmp_path):
    save_sae(tmp_path, "standard", 1, model_name="other")
    spec = spec_from_folder(tmp_path)
    assert check_suite_fits(spec, MODEL, 3, 32, allow_transfer=True) == []
    accepted = SAESpec("s", "other", accepts=("some/where",), folder=tmp_path)
    assert check_suite_fits(accepted, MODEL, 3, 32) == []


def test_an_empty_folder_is_no_suite(tmp_path):
    with pytest.raises(ModelError, match="needs one sub-folder `layer_<l>`"):
        spec_from_folder(tmp_path)


def test_an_unfolded_input_scale_is_warned_about(tmp_path):
    save_sae(tmp_path, "jumprelu", 0)
    path = tmp_path / "layer_0" / "cfg.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "normalize_activations": "expected_average_only_in"}))
    with pytest.warns(UserWarning, match="was not folded"):
        open_suite(spec_from_folder(tmp_path)).load(0)


def test_the_embedded_suite_is_folded(tiny_suite):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert tiny_suite.load(0).cfg.normalize_activations == "none"
