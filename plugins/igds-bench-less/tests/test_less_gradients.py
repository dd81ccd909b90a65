"""Gradients and their projection."""

import math
from dataclasses import replace

import pytest
import torch

from igds_bench.core.data import Example, example_id
from igds_bench.modeling.losses import response_losses
from less_builders import SMALL
from igds_bench_less.adapter import build_adapter
from igds_bench_less.datastore import adam_direction
from igds_bench_less.projection import BLOCK, Projection
from igds_bench_less.warmup import Checkpoint


def test_adams_direction_is_the_hand_computed_one():
    gradient = torch.tensor([2.0, 0.0, -1.0])
    state = Checkpoint(
        torch.zeros(3), torch.tensor([1.0, 0.0, 0.5]), torch.tensor([4.0, 0.0, 1.0]), 1.0
    )
    wanted = [(0.9 + 0.2) / 2.0, 0.0, (0.45 - 0.1) / 1.0]
    assert adam_direction(gradient, state, False).tolist() == pytest.approx(wanted, rel=1e-6)
    small = Checkpoint(torch.zeros(1), torch.zeros(1), torch.zeros(1), 1.0)
    tiny = torch.tensor([1e-4])
    outside = 1e-5 / (math.sqrt(1e-3 * 1e-8) + 1e-8)
    inside = 1e-5 / math.sqrt(1e-3 * 1e-8 + 1e-8)
    assert adam_direction(tiny, small, False).item() == pytest.approx(outside, rel=1e-4)
    assert adam_direction(tiny, small, True).item() == pytest.approx(inside, rel=1e-4)


def test_adams_direction_is_the_step_that_adamw_makes():
    generator = torch.Generator().manual_seed(0)
    weights = torch.zeros(50, requires_grad=True)
    optimizer = torch.optim.AdamW([weights], lr=0.1, weight_decay=0.0)
    for _ in range(4):
        weights.grad = torch.randn(50, generator=generator)
        before = weights.detach().clone()
        state = optimizer.state.get(weights, {})
        zero = torch.zeros(50)
        first, second = (state.get(n, zero).clone() for n in ("exp_avg", "exp_avg_sq"))
        direction = adam_direction(weights.grad, Checkpoint(before, first, second, 1.0), False)
        optimizer.step()
        step = before - weights.detach()
        assert torch.cosine_similarity(step, direction, dim=0).item() == pytest.approx(1, abs=1e-5)


def test_the_loss_is_that_of_the_response_and_its_end(lm, pool):
    adapter = build_adapter(lm, SMALL, 0)
    wanted = response_losses(lm, pool)
    for example, tokens in zip(pool, adapter.encode(pool), strict=True):
        mean = wanted[example.id].total / wanted[example.id].tokens
        assert adapter.loss(tokens).item() == pytest.approx(mean, rel=1e-4)


def test_an_example_that_is_too_long_keeps_its_response(lm):
    adapter = build_adapter(lm, replace(SMALL, max_length=16), 0)
    example = Example(example_id("a " * 50, "b c"), "a " * 50, "b c")
    (row,) = adapter.encode([example])
    assert len(row.ids) == 16 and row.prompt
    assert row.response == lm.tokenizer(" b c", add_special_tokens=False)["input_ids"] + [
        lm.tokenizer.eos_token_id
    ]
    assert torch.isfinite(adapter.gradient(row)).all()


def test_only_lora_is_trained_and_it_is_not_on_the_head(lm):
    adapter = build_adapter(lm, SMALL, 0)
    trained = [n for n, p in adapter.model.named_parameters() if p.requires_grad]
    assert trained and all("lora_" in name and "lm_head" not in name for name in trained)
    assert {name.split(".lora_")[0].rsplit(".", 1)[1] for name in trained} == {
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    }  # fmt: skip
    queries = build_adapter(lm, replace(SMALL, target_modules=("q_proj",)), 0)
    assert queries.size == 4 * 4 * (192 + 192)


def test_the_projection_is_the_product_with_its_whole_matrix():
    size = 2 * BLOCK + 100
    vectors = torch.randn(3, size, generator=torch.Generator().manual_seed(0))
    projection = Projection(seed=3, dimension=128)
    blocks = [projection.signs(n, torch.device("cpu")) for n in range(3)]
    matrix = torch.cat(blocks)[:size] / math.sqrt(128)
    assert torch.allclose(projection(vectors), vectors @ matrix, atol=1e-4)
    assert not torch.equal(blocks[0], blocks[1])


def test_the_projections_signs_are_even_and_independent():
    signs = Projection(seed=0, dimension=256).signs(0, torch.device("cpu"))
    assert set(signs.unique().tolist()) == {-1.0, 1.0}
    assert abs(signs.mean().item()) < 0.005
    products = signs.T @ signs / BLOCK - torch.eye(256)
    assert products.abs().max().item() < 6 / math.sqrt(BLOCK)


def test_the_projection_keeps_inner_products():
    vectors = torch.randn(8, 20_000, generator=torch.Generator().manual_seed(1))
    vectors[4:] += vectors[:4]
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    projected = Projection(seed=0, dimension=8192)(vectors)
    error = projected @ projected.T - vectors @ vectors.T
    # The standard deviation is at most sqrt(2 / d) = 0.016.
    assert error.abs().max().item() < 4 * math.sqrt(2 / 8192)
