import pytest
import torch
from transformers import AutoModelForCausalLM

from igds_bench.modeling import capture
from igds_bench.modeling.capture import residuals_at_end
from igds_bench.modeling.load import LanguageModel
from tests.builders.models import CONFIGS

PROMPTS = [
    "Tom has 3 apples. \n Solution:",
    "Anna \n Solution:",
    "The dog sees a very old red house. \n Translation:",
]


@pytest.fixture(params=CONFIGS)
def lm(request, tiny_lm):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIGS[request.param]).eval()
    return LanguageModel("random", "base", model, tiny_lm.tokenizer, "")


def final_norm(model):
    for name in ("norm", "ln_f", "final_layer_norm"):
        if hasattr(model.base_model, name):
            return getattr(model.base_model, name)
    raise AssertionError


@torch.inference_mode()
def test_is_the_stream_after_each_block_and_not_one_off(lm):
    found = residuals_at_end(lm, PROMPTS, [0, 1, 2])
    for row, prompt in enumerate(PROMPTS):
        ids = lm.tokenizer(prompt, return_tensors="pt").input_ids
        states = lm.model(ids, output_hidden_states=True).hidden_states
        for layer in (0, 1):
            torch.testing.assert_close(
                found[row, layer], states[layer + 1][0, -1], atol=1e-5, rtol=1e-4
            )
        # Hugging Face's last entry is after the final norm; the block's own output is before it.
        normed = final_norm(lm.model)(found[row, 2])
        torch.testing.assert_close(normed, states[3][0, -1], atol=1e-4, rtol=1e-3)


def test_batch_size_and_neighbours_do_not_matter(lm):
    together = residuals_at_end(lm, PROMPTS, [0, 2])
    alone = torch.cat([residuals_at_end(lm, [prompt], [0, 2]) for prompt in PROMPTS])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
    backwards = residuals_at_end(lm, PROMPTS[::-1], [0, 2], batch_tokens=8)
    torch.testing.assert_close(together, backwards.flip(0), atol=1e-5, rtol=1e-4)


def test_padding_side_does_not_matter(tiny_lm):
    right = residuals_at_end(tiny_lm, PROMPTS, [0, 3])
    side = tiny_lm.tokenizer.padding_side
    try:
        tiny_lm.tokenizer.padding_side = "left"
        torch.testing.assert_close(residuals_at_end(tiny_lm, PROMPTS, [0, 3]), right)
    finally:
        tiny_lm.tokenizer.padding_side = side


def test_nothing_above_the_highest_layer_is_computed(tiny_lm):
    reached = []
    handles = [
        block.register_forward_hook(lambda *_, n=n: reached.append(n))
        for n, block in enumerate(tiny_lm.model.model.layers)
    ]
    residuals_at_end(tiny_lm, PROMPTS[:1], [0, 1])
    for handle in handles:
        handle.remove()
    assert reached == [0] or reached == [0, 1]
    assert tiny_lm.model(torch.tensor([[5, 6]])).logits.shape[-1] == 1536


def test_the_last_block_needs_one_position_alone(lm, monkeypatch):
    found = residuals_at_end(lm, PROMPTS, [0, 1])
    monkeypatch.setattr(capture, "can_end_early", lambda model: False)
    whole = residuals_at_end(lm, PROMPTS, [0, 1])
    torch.testing.assert_close(found, whole, atol=1e-5, rtol=1e-4)


def test_the_last_block_runs_its_mlp_at_one_position(tiny_lm):
    widths = []
    block = capture.decoder_blocks(tiny_lm.model)[2]
    handle = block.mlp.register_forward_hook(lambda _, given, __: widths.append(given[0].shape[1]))
    residuals_at_end(tiny_lm, PROMPTS, [0, 2])
    handle.remove()
    assert widths == [1]
    assert tiny_lm.model.config._attn_implementation == "sdpa"
