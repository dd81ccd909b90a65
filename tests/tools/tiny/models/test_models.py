"""The shipped models and SAEs: they load, generate, and measure as their records say."""

import json

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from igds_bench.builtin.tiny import ASSETS, MODEL, PROBE, SAES
from tools.tiny.manifest import file_hash
from tools.tiny.models.measure import greedy, held_out_loss, prompts_of
from tools.tiny.models.pretrain import LAYERS, WIDTH, load_model
from tools.tiny.models.residuals import critical_residuals, is_data, token_residuals
from tools.tiny.models.suite import check_blocks, fit, fit_at_critical, suite_in


@pytest.fixture(scope="module")
def base():
    return load_model(MODEL)


@pytest.fixture(scope="module")
def record():
    return json.loads((SAES / "suite.json").read_text())


def test_assets_are_small_and_hold_no_pickle():
    files = [path for path in ASSETS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 24e6
    assert {path.suffix for path in files} <= {".json", ".gz", ".md", ".safetensors"}


@pytest.mark.parametrize("folder", [MODEL, PROBE])
def test_model_loads_by_the_ordinary_way(folder):
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert model.config.max_position_embeddings == tokenizer.model_max_length == 1024
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
    assert model.generation_config.pad_token_id == tokenizer.pad_token_id
    assert next(model.parameters()).dtype == torch.bfloat16


def test_base_answers_in_the_tasks_format(base):
    texts = greedy(base, prompts_of("tiny-math", "tune")[:16])
    assert sum("####" in text for text in texts) >= 12


@pytest.mark.parametrize("part", ["model", "probe"])
def test_shipped_weights_are_the_measured_ones(part):
    entry = json.loads((ASSETS / "manifest.json").read_text())[part]
    assert file_hash(ASSETS / part / "model.safetensors") == entry["sha256"]
    assert held_out_loss(load_model(ASSETS / part)) == pytest.approx(
        entry["held_out_loss"], abs=2e-3
    )


@pytest.mark.parametrize("layer", range(LAYERS))
def test_sae_loads_and_measures_as_recorded(base, record, layer):
    sae, recorded = suite_in(SAES).load(layer), record["layers"][str(layer)]
    assert sae.cfg.architecture() == "jumprelu"
    assert sae.cfg.metadata.hook_name == f"model.layers.{layer}"
    assert sae.cfg.metadata.model_name == "tiny"
    assert (sae.cfg.d_in, sae.cfg.d_sae, sae.cfg.normalize_activations) == (WIDTH, 1024, "none")
    blocks = check_blocks(base, 200)
    found = fit(sae, token_residuals(base, blocks, is_data(base, blocks))[layer])
    assert found["l0"] == pytest.approx(recorded["l0"], rel=0.05)
    assert found["explained_variance"] == pytest.approx(recorded["explained_variance"], abs=0.02)


@pytest.mark.parametrize(("folder", "key"), [(MODEL, "layers"), (PROBE, None)])
def test_sae_fit_at_the_critical_position_is_as_recorded(record, folder, key):
    residuals = critical_residuals(load_model(folder), prompts_of("tiny-math", "dev"))
    for layer in range(LAYERS):
        if key:
            recorded = record[key][str(layer)]["at_critical_position"]["tiny-math"]
        else:
            recorded = record["probe_at_critical_position"][str(layer)]["tiny-math"]
        found = fit_at_critical(suite_in(SAES).load(layer), residuals[layer])
        assert found == {
            "l0": pytest.approx(recorded["l0"], rel=0.02),
            "explained_variance": pytest.approx(recorded["explained_variance"], abs=0.01),
            "recalled": pytest.approx(recorded["recalled"], abs=1),
        }
