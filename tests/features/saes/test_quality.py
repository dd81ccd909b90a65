"""What is measured of SAEs: known answers for an SAE that changes nothing and one that gives zero."""

from itertools import islice

import pytest
import torch

from igds_bench.features.saes.quality import (
    fit,
    fit_over,
    layer_quality,
    mean_loss,
    measure_suite,
    spliced_losses,
)
from igds_bench.features.saes.text import data_positions, packed_blocks, residual_batches
from igds_bench.modeling.tokens import puts_bos
from tools.tiny.text.corpus import BALANCED_MIX, documents


class Identity:
    """One feature per positive and per negative coordinate."""

    def encode(self, x):
        return torch.cat([x.relu(), (-x).relu()], dim=-1)

    def decode(self, acts):
        positive, negative = acts.chunk(2, dim=-1)
        return positive - negative

    def __call__(self, x):
        return self.decode(self.encode(x))


class Mean(Identity):
    """Gives the mean of given residuals, whatever comes in."""

    def __init__(self, residuals):
        self.mean = residuals.mean(0)

    def decode(self, acts):
        return self.mean.expand(len(acts), -1)


class NoBos:
    """A tokenizer without ``<bos>``."""

    bos_token_id, eos_token_id, pad_token_id = None, 2, 0

    def __call__(self, texts, add_special_tokens=True):
        return {"input_ids": [[ord(c) for c in text] for text in texts]}


@pytest.fixture(scope="module")
def texts():
    return [document.text for document in islice(documents("sae check", BALANCED_MIX), 40)]


@pytest.fixture(scope="module")
def blocks(tiny_lm, texts):
    return packed_blocks(tiny_lm.tokenizer, texts, 64)


def test_blocks_start_with_bos_and_hold_every_token_once(tiny_lm, texts, blocks):
    tokenizer = tiny_lm.tokenizer
    assert puts_bos(tokenizer)
    assert blocks.shape[1] == 64 and bool((blocks[:, 0] == tokenizer.bos_token_id).all())
    stream = [
        i for text in texts for i in [*tokenizer(text)["input_ids"][1:], tokenizer.eos_token_id]
    ]
    assert blocks[:, 1:].flatten().tolist() == stream[: len(blocks) * 63]
    assert len(packed_blocks(tokenizer, texts, 64, limit=3)) == 3
    assert packed_blocks(tokenizer, ["", " "], 64).shape == (0, 64)


def test_bos_padding_and_a_first_token_without_bos_are_no_data(tiny_lm):
    tokenizer = tiny_lm.tokenizer
    ids = torch.tensor(
        [[tokenizer.bos_token_id, 50, tokenizer.eos_token_id, tokenizer.pad_token_id]]
    )
    assert data_positions(tokenizer, ids).tolist() == [[False, True, True, False]]
    assert not puts_bos(NoBos())
    assert data_positions(NoBos(), torch.tensor([[5, 6, 2, 0]])).tolist() == [
        [False, True, True, False]
    ]
    assert packed_blocks(NoBos(), ["abc", "d"], 3).tolist() == [[97, 98, 99], [2, 100, 2]]


def test_residuals_are_the_hidden_states_of_data_tokens(tiny_lm, blocks):
    with torch.inference_mode():
        states = tiny_lm.model(input_ids=blocks[:3], output_hidden_states=True).hidden_states
    kept = data_positions(tiny_lm.tokenizer, blocks[:3])
    for layer in (0, 2):
        found = torch.cat(list(residual_batches(tiny_lm, blocks[:3], layer, batch_tokens=128)))
        torch.testing.assert_close(found, states[layer + 1][kept], rtol=1e-4, atol=1e-4)


def test_blocks_above_do_not_run(tiny_lm, blocks):
    ran = []
    handle = tiny_lm.model.model.layers[2].register_forward_hook(lambda *_: ran.append(1))
    try:
        next(residual_batches(tiny_lm, blocks[:2], 1))
        assert not ran
        next(residual_batches(tiny_lm, blocks[:2], 2))
        assert ran
    finally:
        handle.remove()


def test_explained_variance_is_1_of_a_perfect_rebuilding_and_0_of_the_mean():
    residuals = torch.randn(500, 6, generator=torch.Generator().manual_seed(0)) + 3
    assert fit(Identity(), residuals)["explained_variance"] == pytest.approx(1)
    assert fit(Identity(), residuals)["l0"] == pytest.approx(6)
    assert fit(Mean(residuals), residuals)["explained_variance"] == pytest.approx(0, abs=1e-6)


def test_sums_over_batches_are_those_of_all_samples():
    residuals = torch.randn(300, 5, generator=torch.Generator().manual_seed(1))
    residuals[:, 0] = residuals[:, 0].abs()
    whole, parts = (fit_over(Identity(), x) for x in ([residuals], residuals.split(70)))
    assert whole.explained_variance == pytest.approx(parts.explained_variance)
    torch.testing.assert_close(whole.shares, (Identity().encode(residuals) > 0).float().mean(0))
    torch.testing.assert_close(whole.shares, parts.shares)
    assert whole.dead_share == pytest.approx(1 / 10)


def test_loss_is_that_of_transformers(tiny_lm, blocks, monkeypatch):
    with torch.inference_mode():
        wanted = float(tiny_lm.model(input_ids=blocks[:5], labels=blocks[:5]).loss)
    assert mean_loss(tiny_lm, blocks[:5]) == pytest.approx(wanted, rel=1e-5)
    monkeypatch.setattr("igds_bench.features.saes.quality.LOGITS_AT_ONCE", 1)
    assert mean_loss(tiny_lm, blocks[:5]) == pytest.approx(wanted, rel=1e-5)


def test_padding_has_no_loss(tiny_lm, blocks):
    padded = torch.nn.functional.pad(blocks[:2], (0, 20), value=tiny_lm.tokenizer.pad_token_id)
    assert mean_loss(tiny_lm, padded) == pytest.approx(mean_loss(tiny_lm, blocks[:2]), rel=1e-5)


def test_an_identity_recovers_the_loss_and_zeros_nothing(tiny_lm, blocks):
    before = len(tiny_lm.model.model.layers[1]._forward_hooks)
    same = spliced_losses(tiny_lm, blocks[:5], 1, Identity())
    assert same["ce_spliced"] == pytest.approx(same["ce"], rel=1e-6)
    assert same["ce_recovered"] == pytest.approx(1)
    nothing = spliced_losses(tiny_lm, blocks[:5], 1, torch.zeros_like)
    assert nothing["ce_zero"] == nothing["ce_spliced"] > nothing["ce"] + 1
    assert nothing["ce_recovered"] == 0
    assert len(tiny_lm.model.model.layers[1]._forward_hooks) == before


def test_a_suite_is_measured_by_layer(tiny_lm, tiny_suite, blocks):
    record = measure_suite(tiny_lm, tiny_suite, blocks)
    assert set(record) == {"model_name", "hook_point", "layers"}
    assert set(record["layers"]) == {"0", "1", "2", "3"}
    figures = record["layers"]["1"]
    again = layer_quality(tiny_lm, 1, tiny_suite.load(1), blocks)
    assert figures == {name: round(value, 4) for name, value in again.items()}
    assert 15 < figures["l0"] < 35 and figures["explained_variance"] > 0.9
    assert figures["ce_recovered"] > 0.98
