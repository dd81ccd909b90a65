"""The warm-up."""

import math
from dataclasses import replace

import pytest
import torch

from igds_bench.errors import StageError
from less_builders import SMALL
from igds_bench_less import warmup
from igds_bench_less.adapter import build_adapter
from igds_bench_less.warmup import schedule


def test_the_learning_rate_rises_falls_and_is_never_zero():
    factors = [schedule(step, 200) for step in range(200)]
    assert factors[:6] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
    assert factors[6] == 1 and factors[7] == pytest.approx(193 / 194)
    assert factors[-1] == pytest.approx(1 / 194)
    assert [schedule(0, 1), *(schedule(s, 4) for s in range(4))] == pytest.approx(
        [1, 1, 1, 2 / 3, 1 / 3]
    )


def test_the_warm_up_lowers_the_loss_of_what_it_trains_on(lm, pool, context, tmp_path):
    settings = replace(SMALL, warmup_share=0.5)
    adapter = build_adapter(lm, settings, 0)
    tokens = adapter.encode(pool.take(warmup.keyed_order(pool.ids, 0, "less-warm-up")[:12]))
    before = sum(adapter.loss(t).item() for t in tokens)
    files = warmup.warm_up(adapter, pool, settings, context, tmp_path)
    warmup.load(files[-1], adapter)
    assert sum(adapter.loss(t).item() for t in tokens) < before


def test_a_checkpoint_holds_the_weights_and_adams_moments(lm, pool, context, tmp_path):
    settings = replace(SMALL, epochs=1, dropout=0.0, warmup_share=0.01)
    adapter = build_adapter(lm, settings, 0)
    start = torch.cat([p.detach().reshape(-1) for p in adapter.parameters])
    example = pool.take(warmup.keyed_order(pool.ids, 0, "less-warm-up")[:1])
    gradient = adapter.gradient(adapter.encode(example)[0])
    gradient = gradient / max(1.0, gradient.norm().item())
    (file,) = warmup.warm_up(adapter, pool, settings, context, tmp_path)
    saved = warmup.load(file, adapter)
    assert saved.eta == settings.learning_rate
    assert torch.allclose(saved.first, 0.1 * gradient, atol=1e-7)
    assert torch.allclose(saved.second, 0.001 * gradient**2, atol=1e-9)
    # Adam's first step is the gradient's sign, but where eps outweighs the gradient.
    clear = gradient.abs() > 1e-5
    moved = (saved.weights - start)[clear]
    assert clear.any() and torch.allclose(
        moved, -settings.learning_rate * gradient[clear].sign(), rtol=0.01, atol=1e-6
    )


def test_a_warm_up_that_diverges_says_so(lm, pool, context, tmp_path):
    adapter = build_adapter(lm, SMALL, 0)
    with torch.no_grad():
        adapter.parameters[0].fill_(math.nan)
    with pytest.raises(StageError, match="learning_rate"):
        warmup.warm_up(adapter, pool, SMALL, context, tmp_path)
