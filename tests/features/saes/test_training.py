"""SAE training: the stream of residuals, every architecture, and going on after an interruption."""

from dataclasses import replace
from itertools import islice

import pytest
import torch
from safetensors.torch import load_file

from igds_bench.features.saes import training as sae_training
from igds_bench.features.saes.quality import fit
from igds_bench.features.saes.suite import check_suite_fits, open_suite, spec_from_folder
from igds_bench.features.saes.text import packed_blocks, residual_batches
from igds_bench.features.saes.training import (
    SAESettings,
    newest_checkpoint,
    train_layer,
    training_batches,
)
from tools.tiny.text.corpus import BALANCED_MIX, documents

SETTINGS = SAESettings(
    architecture="batchtopk",
    width=256,
    sparsity={"k": 8},
    samples=3000,
    batch=50,
    context=64,
    lr=3e-3,
)
PARAMETERS = {
    "batchtopk": {"k": 8},
    "topk": {"k": 8},
    "matryoshka": {"k": 8},
    "jumprelu": {"l0_coefficient": 0.5},
    "standard": {"l1_coefficient": 5.0},
    "gated": {"l1_coefficient": 5.0},
}


@pytest.fixture(scope="module")
def blocks(tiny_lm):
    texts = [document.text for document in islice(documents("saes", BALANCED_MIX), 60)]
    return packed_blocks(tiny_lm.tokenizer, texts, 64)


@pytest.fixture(scope="module")
def residuals(tiny_lm, blocks):
    return torch.cat(list(residual_batches(tiny_lm, blocks, 1)))


def weights(folder, layer=1):
    return load_file(folder / f"layer_{layer}" / "sae_weights.safetensors")


def test_the_stream_serves_all_text_once_before_it_serves_it_again(tiny_lm, monkeypatch):
    def numbered(lm, part, layer):
        yield part[:, :1].float()

    monkeypatch.setattr(sae_training, "residual_batches", numbered)
    monkeypatch.setattr(sae_training, "data_positions", lambda _, ids: torch.ones_like(ids).bool())
    stream = training_batches(tiny_lm, torch.arange(1000)[:, None], 1, SETTINGS)
    first, second = (torch.cat([next(stream) for _ in range(20)])[:, 0] for _ in range(2))
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(1000))
    assert first.tolist() != second.tolist()
    assert first[:50].sort().values.tolist() != list(range(50))


def test_the_stream_holds_a_bounded_part(tiny_lm, blocks, residuals, monkeypatch):
    monkeypatch.setattr(sae_training, "BUFFER_VALUES", 0)
    monkeypatch.setattr(sae_training, "BUFFER_BATCHES", 4)
    read = []

    def counted(lm, part, layer):
        read.append(len(part))
        return residual_batches(lm, part, layer)

    monkeypatch.setattr(sae_training, "residual_batches", counted)
    next(training_batches(tiny_lm, blocks, 1, SETTINGS))
    assert len(read) == 1 and read[0] * 63 <= 5 * SETTINGS.batch


@pytest.mark.parametrize("skip", [3, 70])
def test_skipping_gives_the_same_batches_without_the_model(tiny_lm, blocks, skip, monkeypatch):
    monkeypatch.setattr(sae_training, "BUFFER_VALUES", 0)
    whole = training_batches(tiny_lm, blocks, 1, SETTINGS)
    later = training_batches(tiny_lm, blocks, 1, SETTINGS, skip)
    for wanted, found in zip(islice(whole, skip, skip + 40), later, strict=False):
        assert torch.equal(wanted, found)


@pytest.mark.parametrize("architecture", PARAMETERS)
def test_every_architecture_is_saved_as_a_suite_that_fits(
    tiny_lm, tiny_spec, blocks, residuals, tmp_path, architecture
):
    settings = replace(
        SETTINGS, architecture=architecture, sparsity=PARAMETERS[architecture], width=128
    )
    train_layer(tiny_lm, blocks, 1, settings, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["layer_1"]
    assert {path.suffix for path in (tmp_path / "layer_1").iterdir()} == {".json", ".safetensors"}
    spec = spec_from_folder(tmp_path)
    assert spec.trained_on == "tiny"
    assert check_suite_fits(spec, tiny_spec, 4, 192) == []
    sae = open_suite(spec).load(1)
    assert (sae.cfg.d_in, sae.cfg.d_sae, sae.cfg.normalize_activations) == (192, 128, "none")
    assert sae.cfg.metadata.hook_name == "model.layers.1"
    assert sae.cfg.metadata.training_samples == 3000
    found = fit(sae, residuals)
    assert found["explained_variance"] > 0.3
    if "k" in settings.sparsity:
        assert 4 < found["l0"] < 16


def interrupted(monkeypatch, after):
    """Let sae-lens's trainer be interrupted after some steps."""
    plain, done = sae_training.SAETrainer.step, []

    def step(self, batch):
        done.append(1)
        if len(done) > after:
            raise KeyboardInterrupt
        return plain(self, batch)

    monkeypatch.setattr(sae_training.SAETrainer, "step", step)


@pytest.mark.parametrize("architecture", ["batchtopk", "jumprelu"])
def test_an_interrupted_run_ends_where_a_straight_one_does(
    tiny_lm, blocks, tmp_path, architecture, monkeypatch
):
    settings = replace(
        SETTINGS, architecture=architecture, sparsity=PARAMETERS[architecture], samples=3020
    )
    straight, resumed = tmp_path / "straight", tmp_path / "resumed"
    train_layer(tiny_lm, blocks, 1, settings, straight)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupted(patch, 40)
        train_layer(tiny_lm, blocks, 1, settings, resumed)
    checkpoint = newest_checkpoint(resumed / ".checkpoints" / "layer_1")
    assert 1500 < int(checkpoint.name) <= 2000
    assert not (resumed / "layer_1").exists()
    steps = []
    plain = sae_training.SAETrainer.step
    monkeypatch.setattr(
        sae_training.SAETrainer, "step", lambda self, batch: steps.append(1) or plain(self, batch)
    )
    train_layer(tiny_lm, blocks, 1, settings, resumed)
    assert len(steps) == 61 - int(checkpoint.name) // 50
    for name, value in weights(straight).items():
        torch.testing.assert_close(weights(resumed)[name], value, rtol=1e-4, atol=1e-5)
    suites = [open_suite(spec_from_folder(folder)) for folder in (straight, resumed)]
    assert {s.load(1).cfg.metadata.training_samples for s in suites} == {3050}
    assert not (resumed / ".checkpoints").exists()


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path):
    for name, text in (("100", "{}"), ("200", '{"scaling'), ("300", None)):
        (tmp_path / name).mkdir()
        if text is not None:
            (tmp_path / name / "activation_scaler.json").write_text(text)
    assert newest_checkpoint(tmp_path) == tmp_path / "100"


def test_the_seed_decides_the_weights(tiny_lm, blocks, tmp_path):
    settings = replace(SETTINGS, samples=500, width=64)
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train_layer(tiny_lm, blocks, 1, replace(settings, seed=seed), tmp_path / name)
    a, b, c = (weights(tmp_path / name)["W_enc"] for name in "abc")
    assert torch.equal(a, b)
    assert not torch.allclose(a, c, atol=1e-2)
