"""The build script: its parts run, its check sees a difference, and nothing shipped is touched."""

import json
import logging
from dataclasses import replace
from itertools import islice

import pytest
import torch

from igds_bench.builtin.tiny import ASSETS
from tools.tiny import build
from tools.tiny.manifest import differences, read_json, write_json
from tools.tiny.models import pretrain, probe, saes
from tools.tiny.models.pretrain import Settings
from tools.tiny.text.pools import held_out, normalised


def test_rate_warms_up_stays_and_falls_to_zero():
    settings = Settings(steps=100, warm_up_steps=10, rate=1.0)
    assert settings.rate_at(0) == pytest.approx(0.1)
    assert settings.rate_at(50) == 1.0
    assert settings.rate_at(90) == pytest.approx(0.5)
    assert settings.rate_at(99) == pytest.approx(0.05)


def test_check_accepts_equal_data_and_names_a_difference(tmp_path, caplog):
    build.build(tmp_path, ["data"])
    assert build.check(tmp_path) == 0
    manifest = read_json(tmp_path / "manifest.json")
    manifest["data"]["corpus"]["sha256"] = "0" * 64
    write_json(tmp_path / "manifest.json", manifest)
    with caplog.at_level(logging.ERROR):
        assert build.check(tmp_path) == 1
    assert "data: corpus is" in caplog.text


def test_check_compares_models_and_saes_within_tolerances(tmp_path):
    shipped = read_json(ASSETS / "manifest.json")
    write_json(tmp_path / "manifest.json", shipped)
    (tmp_path / "saes").mkdir()
    suite = read_json(ASSETS / "saes" / "suite.json")
    write_json(tmp_path / "saes" / "suite.json", suite)
    assert differences(tmp_path, ASSETS) == []
    shipped["model"]["held_out_loss"] += 0.5
    shipped["probe"]["tune"]["tiny-math"] += 50
    suite["layers"]["1"]["l0"] *= 2
    suite["layers"]["2"]["at_critical_position"]["tiny-math"]["explained_variance"] -= 0.5
    write_json(tmp_path / "manifest.json", shipped)
    write_json(tmp_path / "saes" / "suite.json", suite)
    found = differences(tmp_path, ASSETS)
    assert [sentence.split(":")[0] for sentence in found] == ["model", "probe", "saes", "saes"]


def test_probe_instructions_are_of_no_split():
    examples = probe.instructions(30)
    assert len(examples) == 90
    prompts = " | ".join(normalised(example.prompt) for example in examples)
    assert not [core for core in held_out() if f" {core} " in prompts]


def test_task_prompts_are_reproducible_and_end_in_a_colon():
    prompts = saes.task_prompts(50)
    assert prompts == saes.task_prompts(50)
    assert all(prompt.endswith(":") for prompt in prompts)


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_batches_hold_the_share_of_critical_positions(share):
    settings = replace(saes.Settings(), batch=40, critical_share=share)
    batches = saes.mixed_batches(torch.zeros(100, 3), torch.ones(30, 3), settings)
    for batch in islice(batches, 10):
        assert batch.shape == (40, 3)
        assert float(batch.mean()) == pytest.approx(share)


@pytest.mark.slow
def test_every_part_builds(tmp_path, monkeypatch):
    small = {"samples": 16_384, "width": 64, "active": 8, "documents": 300, "prompts": 200}
    settings = replace(saes.Settings(), **small)
    monkeypatch.setattr(build.saes, "Settings", lambda: settings)
    monkeypatch.setattr(build.pretrain, "Settings", lambda: Settings(tokens_per_step=2048))
    build.build(tmp_path, steps=5)
    assert pretrain.load_model(tmp_path / "model").n_layers == pretrain.LAYERS
    suite = json.loads((tmp_path / "saes" / "suite.json").read_text())
    assert set(suite["layers"]) == {"0", "1", "2", "3"}
    assert any(sentence.startswith("model") for sentence in differences(tmp_path, ASSETS))
