import json
import warnings
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file

from igds_bench.core.features import Feature
from igds_bench.core.specs import ModelSpec, SAESpec
from igds_bench.errors import ModelError
from igds_bench.features.saes.suite import (
    FeatureReader,
    check_suite_fits,
    open_suite,
    spec_from_folder,
)
from tests.builders.models import save_sae

MODEL = ModelSpec("random", "some/where")


def test_amplifying_a_feature_adds_its_activation_times_its_direction(random_sae):
    """decode(acts with a_f doubled) + reconstruction error - h == a_f * W_dec[f]."""
    hidden = torch.randn(6, 32, generator=torch.Generator().manual_seed(0))
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
    hidden = torch.randn(40, 32, generator=torch.Generator().manual_seed(0))
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


def test_an_sae_without_a_decoder_is_refused_before_it_is_loaded(tmp_path):
    save_sae(tmp_path, "standard", 1)
    path = tmp_path / "layer_1" / "sae_weights.safetensors"
    weights = load_file(path)
    del weights["W_dec"]
    save_file(weights, path)
    (problem,) = check_suite_fits(spec_from_folder(tmp_path), MODEL, 3, 32)
    assert "layer 1: it has no W_dec" in problem
    path.write_bytes(b"nonsense")
    assert "can't be read" in check_suite_fits(spec_from_folder(tmp_path), MODEL, 3, 32)[0]


def test_a_transcoder_of_a_release_is_refused_when_it_is_loaded(tmp_path, monkeypatch):
    from igds_bench.features.saes import suite as module

    loaded = SimpleNamespace(cfg=SimpleNamespace(architecture=lambda: "skip_transcoder"))
    monkeypatch.setattr(module.SAE, "from_pretrained", lambda *_, **__: loaded)
    spec = SAESpec("s", "random", release="some-release", ids={0: "layer_0"})
    with pytest.raises(ModelError, match="a transcoder maps one stream to another"):
        open_suite(spec).load(0)


def test_links_lead_to_neuronpedia_where_the_metadata_say_so(tmp_path, registries):
    save_sae(tmp_path, "standard", 1, neuronpedia_id="m/1-res")
    suite = open_suite(spec_from_folder(tmp_path))
    assert suite.link(Feature(1, 7)) == "https://www.neuronpedia.org/m/1-res/7"
    gemma = open_suite(registries.saes.get("gemma-scope-2b").spec)
    assert gemma.link(Feature(20, 3)).startswith("https://www.neuronpedia.org/gemma-2-2b/20-")


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
