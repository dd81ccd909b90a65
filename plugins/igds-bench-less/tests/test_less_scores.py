"""Scores, and what the order, the seed and the lent model have to do with them."""

import shutil
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from igds_bench.core.data import Pool, TargetSet
from igds_bench.errors import DataError, StageError
from less_builders import SMALL, lend, sourced
from igds_bench_less import datastore
from igds_bench_less.adapter import build_adapter
from igds_bench_less.datastore import Stored
from igds_bench_less.influence import influence


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
    assert meter.tokens == len(tokens.ids)
