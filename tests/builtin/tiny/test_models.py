"""The shipped models and SAEs: they load, generate, and measure as their records say."""

import json

import pytest
import torch
from transformers import AutoModelForCausalLM

from igds_bench.builtin.tiny import ASSETS, MODEL, PROBE, SAES
from igds_bench.builtin.tiny.manifest import file_hash
from igds_bench.builtin.tiny.measure import greedy, held_out_loss, prompts_of
from igds_bench.builtin.tiny.pretrain import LAYERS, WIDTH, load_model
from igds_bench.builtin.tiny.residuals import critical_residuals, token_residuals
from igds_bench.builtin.tiny.saes import is_data, packed_blocks
from igds_bench.builtin.tiny.suite import explained_variance, fit_at_critical, load_sae


@pytest.fixture(scope="module")
def base():
    return load_model(MODEL)


@pytest.fixture(scope="module")
def suite():
    return json.loads((SAES / "suite.json").read_text())


def test_assets_are_small_and_hold_no_pickle():
    files = [path for path in ASSETS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 24e6
    assert {path.suffix for path in files} <= {".json", ".gz", ".md", ".safetensors"}


@pytest.mark.parametrize("folder", [MODEL, PROBE])
def test_model_loads_by_the_ordinary_way_and_generates(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = load_model(folder)[1]
    assert model.config.max_position_embeddings == tokenizer.model_max_length == 1024
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
    texts = greedy(model, tokenizer, prompts_of("tiny-math", "tune")[:8])
    assert all("####" in text for text in texts)


@pytest.mark.parametrize("part", ["model", "probe"])
def test_shipped_weights_are_the_measured_ones(part):
    entry = json.loads((ASSETS / "manifest.json").read_text())[part]
    folder = ASSETS / part
    assert file_hash(folder / "model.safetensors") == entry["sha256"]
    assert held_out_loss(*load_model(folder)) == pytest.approx(entry["held_out_loss"], abs=2e-3)


def test_batching_does_not_change_residuals(base):
    model, tokenizer = base
    prompts = prompts_of("tiny-translation", "tune")[:5]
    together = critical_residuals(model, tokenizer, prompts)
    alone = torch.cat([critical_residuals(model, tokenizer, [p]) for p in prompts], dim=1)
    assert together.shape == (LAYERS, 5, WIDTH)
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("layer", range(LAYERS))
def test_sae_measures_as_the_suite_says(base, suite, layer):
    model, tokenizer = base
    sae, record = load_sae(SAES, layer), suite["layers"][str(layer)]
    assert sae.cfg.architecture() == "jumprelu"
    assert sae.cfg.metadata.hook_name == f"model.layers.{layer}"
    assert (sae.cfg.d_in, sae.cfg.normalize_activations) == (WIDTH, "none")
    blocks = packed_blocks(tokenizer, "sae check", 200)
    residuals = token_residuals(model, blocks, is_data(tokenizer, blocks))[layer]
    with torch.inference_mode():
        acts = sae.encode(residuals)
        explained = explained_variance(residuals, sae.decode(acts))
    active = float((acts > 0).sum(1).float().mean())
    assert active == pytest.approx(record["l0"], rel=0.05)
    assert explained == pytest.approx(record["explained_variance"], abs=0.02)


def test_sae_fit_at_the_critical_position_is_as_recorded(base, suite):
    model, tokenizer = base
    residuals = critical_residuals(model, tokenizer, prompts_of("tiny-math", "dev"))
    for layer in range(LAYERS):
        recorded = suite["layers"][str(layer)]["at_critical_position"]["tiny-math"]
        found = fit_at_critical(load_sae(SAES, layer), residuals[layer])
        assert found["explained_variance"] == pytest.approx(
            recorded["explained_variance"], abs=0.01
        )
        assert abs(found["recalled"] - recorded["recalled"]) <= 1
