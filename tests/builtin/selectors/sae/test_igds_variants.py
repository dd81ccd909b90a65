"""Variants and controls of igds, with a context that computes nothing."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from igds_bench.builtin.selectors import SELECTORS
from igds_bench.builtin.selectors.controls.shuffled import ShuffledScores
from igds_bench.builtin.selectors.sae.dense_direction import DenseDirection
from igds_bench.builtin.selectors.sae.igds import Igds
from igds_bench.core.data import TargetSet
from igds_bench.core.features import Candidate, FeatureSettings, TaskFeatures
from igds_bench.core.protocols import TokenCount
from igds_bench.core.selection import Ranking
from igds_bench.modeling.capture import plain_progress, residuals_at_end
from tests.builders.pools import make_pool

VARIANTS = {spec.name: spec.build for spec in SELECTORS if spec.name.startswith("igds")}


def activation(example, feature):
    """A made-up activation: the example's number times the feature's, zero on every tenth."""
    number = int(example.prompt.split()[1])
    return 0.0 if number % 10 == 0 else float(number * (feature.index + 1))


@dataclass
class Context:
    seed: int = 0
    limit: int = 10
    asked: list = field(default_factory=list)
    ranking: Ranking | None = None
    target: TargetSet | None = None
    lm: object = None
    progress = staticmethod(plain_progress)

    def feature_defaults(self):
        return FeatureSettings()

    def task_features(self, settings):
        self.asked.append(settings)
        candidates = [
            Candidate(layer=1, index=i, recall=1, delta=-i, stderr=1, delta_loglik=0)
            for i in range(4)
        ]
        return TaskFeatures(settings=settings, candidates=candidates, n_prior=5, m_dev=5)

    def activations(self, pool, features, settings, role):
        self.asked.append((features, role))
        return np.array([[activation(e, f) for f in features] for e in pool], dtype=np.float32)

    def ranking_of(self, label):
        assert label == "igds"
        return self.ranking

    def token_counts(self, pool):
        return {e.id: TokenCount(len(e.prompt), len(e.response)) for e in pool}

    def model(self, role):
        return self.lm


@pytest.fixture
def pool():
    pairs = [(f"number {i}", "x" * (1 + i % 13)) for i in range(1, 41)]
    return make_pool(pairs, sources=["ab"[i % 2] for i in range(40)])


def rank(name, pool, seed=0, **params):
    context = Context(seed)
    return VARIANTS[name](**params).rank(pool, context), context


def used(context):
    return [str(feature) for feature in context.asked[-1][0]]


def test_igds_takes_the_best_features_and_the_highest_scores(pool):
    ranking, context = rank("igds", pool)
    assert used(context) == ["L1/0"]
    assert pool.by_id(ranking.ids[0]).prompt == "number 39"
    assert ranking.notes["zero_share"] == 4 / 40
    ranking, context = rank("igds", pool, top_features=3, score_with="base")
    assert used(context) == ["L1/0", "L1/1", "L1/2"]
    assert context.asked[-1][1] == "base"


def test_zeros_come_last_in_an_order_that_is_the_seeds(pool):
    zeros = [
        rank("igds", p, seed)[0].ids[-4:]
        for seed in (0, 1)
        for p in (pool, pool.take(pool.ids[::-1]))
    ]
    assert zeros[0] == zeros[1] and zeros[2] == zeros[3]
    assert zeros[0] != zeros[2] and set(zeros[0]) == set(zeros[2])


def test_recall_only_takes_every_candidate(pool):
    _, context = rank("igds-recall-only", pool)
    assert used(context) == ["L1/0", "L1/1", "L1/2", "L1/3"]


def test_bottom_is_igds_backwards_but_for_ties(pool):
    top, bottom = rank("igds", pool)[0], rank("igds-bottom", pool)[0]
    distinct = [id_ for id_ in top.ids if top.scores[id_] > 0]
    assert [id_ for id_ in bottom.ids if bottom.scores[id_] > 0] == distinct[::-1]
    assert bottom.scores == top.scores


def test_a_random_feature_is_never_the_best_and_is_the_seeds(pool):
    chosen = [used(rank("igds-random-feature", pool, seed)[1]) for seed in range(12)]
    assert {name for names in chosen for name in names} == {"L1/1", "L1/2", "L1/3"}
    assert used(rank("igds-random-feature", pool, 5)[1]) == chosen[5]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("igds-causal-only", {"candidates": "random"}),
        ("igds-random-direction", {"directions": "random"}),
        ("igds-random-sae", {"random_sae_l0": 24}),
        ("igds-recall-only", {}),
        ("igds-bottom", {}),
        ("igds-random-feature", {}),
    ],
)
def test_each_control_changes_one_thing(name, changed):
    defaults = FeatureSettings(m_dev=17)
    plain = Igds(tau=0.5).feature_settings(defaults).model_dump()
    own = VARIANTS[name](tau=0.5).feature_settings(defaults).model_dump()
    assert {key: value for key, value in own.items() if plain[key] != value} == changed
    assert own["m_dev"] == 17 and own["tau"] == 0.5


def shuffled(pool, given, seed=0, bins=3):
    return ShuffledScores(of="igds", length_bins=bins).rank(pool, Context(seed, ranking=given))


def strata(pool, bins=3):
    order = sorted(pool, key=lambda e: (len(e.prompt) + len(e.response), e.id))
    place = {e.id: i * bins // len(pool) for i, e in enumerate(order)}
    return {e.id: (e.source, place[e.id]) for e in pool}


def test_a_placebo_keeps_the_stratum_of_every_rank(pool):
    given = Ranking(pool.ids[::-1])
    found = shuffled(pool, given)
    assert sorted(found.ids) == sorted(pool.ids)
    own = strata(pool)
    assert [own[id_] for id_ in found.ids] == [own[id_] for id_ in given.ids]
    assert found.ids != given.ids
    assert shuffled(pool, given, seed=1).ids != found.ids
    assert shuffled(pool.take(pool.ids[::-1]), given).ids == found.ids


def test_a_placebo_of_a_short_ranking_draws_from_the_whole_pool(pool):
    given = Ranking(pool.ids[:10])
    drawn = [shuffled(pool, given, seed).ids for seed in range(8)]
    own = strata(pool)
    assert all(sorted(ids) == sorted(pool.ids) for ids in drawn)
    assert all([own[i] for i in ids[:10]] == [own[i] for i in given.ids] for ids in drawn)
    assert {id_ for ids in drawn for id_ in ids[:10]} - set(given.ids)


def test_the_dense_direction_is_the_difference_of_means(tiny_lm, math_data):
    pool = math_data.pool.take(math_data.pool.ids[:30])
    target = TargetSet(math_data.target.prior, math_data.target.dev, math_data.target.tune)
    context = Context(lm=tiny_lm, target=target)
    found = DenseDirection(layer=1).rank(pool, context)
    own = residuals_at_end(tiny_lm, list(pool.prompts), [1])[:, 0].double()
    prior = residuals_at_end(tiny_lm, list(target.prior.prompts), [1])[:, 0].double()
    direction = prior.mean(0) - own.mean(0)
    wanted = own @ direction / direction.norm()
    np.testing.assert_allclose([found.scores[id_] for id_ in pool.ids], wanted, rtol=1e-4)
    assert found.ids[0] == pool.ids[int(wanted.argmax())]
