import math
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from types import SimpleNamespace

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import pytest
import torch

from igds_bench.core.data import Example, Pool, TargetSet, example_id
from igds_bench.errors import DataError, StageError
from igds_bench.modeling.load import load_language_model
from igds_bench.modeling.losses import response_losses
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries, resolve_params
from igds_bench.data.splits import load_task_data
from igds_bench.testing import conformance
import igds_bench_less
from igds_bench_less import Less, datastore, warmup
from igds_bench_less.adapter import build_adapter
from igds_bench_less.datastore import Stored, adam_direction
from igds_bench_less.influence import influence
from igds_bench_less.projection import BLOCK, Projection
from igds_bench_less.store import GradientStore
from igds_bench_less.warmup import Checkpoint, schedule

SMALL = Less(
    warmup_share=0.5, epochs=2, r=4, alpha=16, learning_rate=1e-3, batch_size=4, dimension=256
)
TASKS = ("tiny-math", "tiny-translation", "tiny-summarization")


@pytest.fixture(scope="module")
def registries():
    return build_registries(create_plugin_manager(autoload=False))


@pytest.fixture(scope="module")
def lm(registries):
    return load_language_model(registries.models.get("tiny").spec, "base", "cpu")


@pytest.fixture(scope="module")
def data(registries):
    return {name: load_task_data(registries.tasks.get(name).spec) for name in TASKS}


@pytest.fixture(scope="module")
def pool(data):
    return Pool(example for name in TASKS for example in data[name].target.tune[:8])


@pytest.fixture(scope="module")
def target(data):
    prior = data["tiny-math"].target.prior
    return TargetSet(Pool(prior[:4]), Pool(prior[4:6]), Pool([]))


@pytest.fixture
def context(lm, target, tmp_path):
    return lend(lm, target, tmp_path)


@pytest.fixture(scope="module")
def whole(lm, target, pool, tmp_path_factory):
    """A pass that nothing interrupts: its context, and its ranking."""
    context = lend(lm, target, tmp_path_factory.mktemp("whole"))
    return context, SMALL.rank(pool, context)


def lend(lm, target, work, seed=0):
    return SimpleNamespace(
        seed=seed,
        limit=24,
        target=target,
        work=work,
        model=lambda role="base": lm,
        progress=lambda items, *a, **k: items,
    )


def sourced(examples, source):
    return [replace(example, source=source) for example in examples]


def only_folder(context):
    (folder,) = context.work.iterdir()
    return folder


# Scores


def test_scores_lie_within_the_sum_of_learning_rates(whole, pool):
    _, ranking = whole
    etas = ranking.notes["etas"]
    assert len(etas) == ranking.notes["checkpoints"] == 2
    assert set(ranking.ids) == set(pool.ids) and not ranking.unranked
    assert all(0 < eta <= SMALL.learning_rate for eta in etas)
    largest = max(abs(score) for score in ranking.scores.values())
    assert 0 < largest <= sum(etas) * (1 + 1e-6) <= 2 * SMALL.learning_rate


def test_influence_is_the_best_subtask_of_mean_weighted_cosines():
    rng = np.random.default_rng(0)
    shapes = [(5, 64), (3, 64)]
    stores = [
        Stored(*(rng.normal(size=s).astype(np.float16) for s in shapes), eta=eta)
        for eta in (0.5, 0.25)
    ]
    subtasks = [[0, 2], [1]]
    wanted = []
    for x in range(5):
        means = []
        for places in subtasks:
            per_sample = []
            for z in places:
                pairs = [
                    (s.eta, s.pool[x].astype(float), s.target[z].astype(float)) for s in stores
                ]
                per_sample.append(
                    sum(e * a @ b / np.linalg.norm(a) / np.linalg.norm(b) for e, a, b in pairs)
                )
            means.append(np.mean(per_sample))
        wanted.append(max(means))
    assert influence(stores, subtasks) == pytest.approx(wanted, abs=1e-6)


def test_a_target_gradient_that_is_not_finite_is_refused():
    store = Stored(np.ones((2, 64), np.float16), np.full((1, 64), np.nan, np.float16), 1.0)
    with pytest.raises(StageError, match="checkpoint 1"):
        influence([store], [[0]])


def test_an_example_whose_gradient_is_not_finite_is_unscored_and_the_others_are_not():
    rows = np.ones((2, 64), np.float16)
    rows[0] = np.nan
    scores = influence([Stored(rows, np.ones((1, 64), np.float16), 1.0)], [[0]])
    assert np.isnan(scores[0]) and scores[1] == pytest.approx(1.0)


def test_scores_do_not_depend_on_the_scale_of_target_gradients(whole, context, pool, monkeypatch):
    shutil.copytree(whole[0].work, context.work, dirs_exist_ok=True)
    for file in context.work.glob("*/*/target-*"):
        file.unlink()
    measured = []
    monkeypatch.setattr(datastore, "plain", lambda g: measured.append(g) or 1000.0 * g)
    scaled = SMALL.rank(pool, context)
    assert len(measured) == 2 * 6
    assert scaled.scores == pytest.approx(whole[1].scores, abs=1e-6)


def test_target_samples_in_the_pool_come_first(lm, pool, target, tmp_path):
    samples = target.samples[:2]
    lent = lend(lm, TargetSet(Pool(samples), Pool([]), Pool([])), tmp_path)
    # At dimension 256 a cosine is off by 0.06, which is more than lies between the best ones.
    ranking = replace(SMALL, dimension=4096).rank(Pool([*pool, *samples]), lent)
    assert set(ranking.ids[:2]) == {sample.id for sample in samples}


def test_examples_of_the_targets_task_score_above_those_of_another(whole, data):
    def mean(task):
        return np.mean([whole[1].scores[e.id] for e in data[task].target.tune[:8]])

    assert mean("tiny-math") > mean("tiny-translation")


def test_subtasks_are_the_targets_sources_and_the_best_one_counts(lm, pool, data, tmp_path):
    groups = {n: list(data[n].target.prior[:2]) for n in ("tiny-math", "tiny-translation")}
    both = [e for name, given in groups.items() for e in sourced(given, name)]

    def rank(samples):
        return SMALL.rank(pool, lend(lm, TargetSet(Pool(samples), Pool([]), Pool([])), tmp_path))

    ranking = rank(both)
    assert ranking.notes["subtasks"] == {"tiny-math": 2, "tiny-translation": 2}
    alone = [rank(given).scores for given in groups.values()]
    assert ranking.scores == pytest.approx(
        {i: max(scores[i] for scores in alone) for i in pool.ids}, abs=1e-7
    )
    # Every target is compared with the same warm-up and the same gradients of the pool.
    assert len(list(tmp_path.glob("*/*/pool.npy"))) == 2
    assert len(list(tmp_path.glob("*/*/target-*.npy"))) == 6


def test_without_target_samples_it_says_what_is_missing(lm, pool, tmp_path):
    with pytest.raises(DataError, match="0 target samples"):
        SMALL.rank(pool, lend(lm, TargetSet(Pool([]), Pool([]), Pool([])), tmp_path))


# Order, seed and what is lent


def test_the_order_of_the_pool_does_not_matter(whole, context, pool):
    again = SMALL.rank(Pool(pool[::-1]), context)
    assert again.ids == whole[1].ids and again.scores == whole[1].scores


def test_another_seed_draws_another_warm_up(whole, lm, target, pool, tmp_path):
    other = SMALL.rank(pool, lend(lm, target, tmp_path, seed=1))
    assert other.scores != whole[1].scores


def test_the_lent_model_and_the_global_generator_stay_as_they_are(lm, context, pool):
    before = {name: value.clone() for name, value in lm.model.state_dict().items()}
    torch.manual_seed(5)
    state = torch.get_rng_state()
    SMALL.rank(pool, context)
    after = lm.model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None for p in lm.model.parameters()) and not lm.model.training
    assert torch.equal(torch.get_rng_state(), state)


def test_a_meter_on_the_lent_model_counts_what_the_copy_is_given(lm, pool):
    class Meter:
        def __init__(self):
            self.lock = threading.Lock()  # as a running meter, it can't be copied
            self.tokens = 0

        def count(self, module, given, result):
            self.tokens += given[0].numel()

    meter = Meter()
    handle = lm.model.get_input_embeddings().register_forward_hook(meter.count)
    try:
        adapter = build_adapter(lm, SMALL, 0)
    finally:
        handle.remove()
    tokens = adapter.encode(pool[:1])[0]
    adapter.gradient(tokens)
    assert meter.tokens == len(tokens[0]) + len(tokens[1])


# What is kept


def test_a_finished_pass_measures_nothing_again(whole, pool, monkeypatch):
    context, ranking = whole

    def refuse(*args):
        raise AssertionError("a gradient was asked for")

    monkeypatch.setattr("igds_bench_less.adapter.Adapter.gradient", refuse)
    monkeypatch.setattr(warmup, "_step", refuse)
    assert SMALL.rank(pool, context).scores == ranking.scores


def test_an_interrupted_pass_goes_on_to_the_same_scores(whole, context, pool, monkeypatch):
    from igds_bench_less.adapter import Adapter

    monkeypatch.setattr(datastore, "MOST_TOGETHER", 4)
    measured, gradient = [], Adapter.gradient

    def counted(adapter, tokens):
        if len(measured) == 6 + 10:
            raise KeyboardInterrupt
        measured.append(tokens)
        return gradient(adapter, tokens)

    monkeypatch.setattr(Adapter, "gradient", counted)
    with pytest.raises(KeyboardInterrupt):
        SMALL.rank(pool, context)
    folder = only_folder(context)
    assert (folder / "checkpoint-1" / "pool.done").read_text() == "8"
    assert len(list(folder.glob("epoch-*.safetensors"))) == 2

    rest = []

    def recorded(adapter, tokens):
        rest.append(tokens)
        return gradient(adapter, tokens)

    monkeypatch.setattr(Adapter, "gradient", recorded)
    monkeypatch.setattr(warmup, "_step", lambda *a: pytest.fail("the warm-up was trained again"))
    resumed = SMALL.rank(pool, context)
    assert len(rest) == (24 - 8) + 24 + 6
    assert resumed.scores == pytest.approx(whole[1].scores, abs=1e-6)


def test_an_interrupted_warm_up_starts_anew(whole, context, pool, monkeypatch):
    step, steps = warmup._step, []

    def interrupted(*args):
        steps.append(args)
        if len(steps) == 5:
            raise KeyboardInterrupt
        step(*args)

    monkeypatch.setattr(warmup, "_step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SMALL.rank(pool, context)
    monkeypatch.setattr(warmup, "_step", step)
    assert SMALL.rank(pool, context).scores == whole[1].scores


def test_the_store_takes_two_bytes_per_number_and_holds_unit_rows(whole):
    context, ranking = whole
    files = sorted(only_folder(context).glob("checkpoint-*/*.npy"))
    assert len(files) == 4
    assert ranking.notes["store_bytes"] == 2 * (24 + 6) * 256 * 2
    for file in files:
        rows = np.load(file)
        assert rows.dtype == np.float16
        assert np.linalg.norm(rows.astype(np.float32), axis=1) == pytest.approx(1, abs=1e-3)


def test_other_parameters_or_another_pool_have_a_folder_of_their_own(context, pool):
    keys = {
        SMALL._folder(pool, context),
        replace(SMALL, dropout=0.0)._folder(pool, context),
        SMALL._folder(Pool(pool[:-1]), context),
    }
    assert len(keys) == 3


def test_a_store_goes_on_where_its_rows_end(tmp_path):
    rows = np.arange(3 * 64, dtype=np.float16).reshape(3, 64)
    GradientStore(tmp_path / "a.npy", 3, 64).append(rows[:2])
    store = GradientStore(tmp_path / "a.npy", 3, 64)
    assert store.done == 2
    store.append(rows[2:])
    assert np.array_equal(GradientStore(tmp_path / "a.npy", 3, 64).array, rows)


# The warm-up


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


# Gradients and their projection


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
    ((prompt, response),) = adapter.encode([example])
    assert len(prompt) + len(response) == 16 and prompt
    assert response == lm.tokenizer(" b c", add_special_tokens=False)["input_ids"] + [
        lm.tokenizer.eos_token_id
    ]
    assert torch.isfinite(adapter.gradient((prompt, response))).all()


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


# Registration


def test_it_registers_as_less_and_checks_its_parameters():
    (spec,) = igds_bench_less.igds_register_selectors()
    assert spec.name == "less" and spec.needs == {"target", "base"} and spec.reads == ("source",)
    given = {"r": "8", "target_modules": ["q_proj", "v_proj"]}
    assert resolve_params(spec, given) == Less(r=8, target_modules=("q_proj", "v_proj"))
    with pytest.raises(Exception, match="multiple of 64"):
        resolve_params(spec, {"dimension": 100})


def test_importing_the_plugin_imports_no_framework():
    code = (
        "import sys, igds_bench_less\n"
        "print([m for m in ('torch', 'numpy', 'peft', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@conformance(
    igds_bench_less.igds_register_selectors()[0],
    warmup_share=0.3,
    epochs=1,
    r=2,
    alpha=8,
    dimension=64,
    learning_rate=1e-3,
)
def test_keeps_what_the_harness_promises(check):
    check()
