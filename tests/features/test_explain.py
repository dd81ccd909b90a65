import numpy as np
import pytest

from igds_bench.core.data import TargetSet
from igds_bench.core.explanation import ExplainSettings
from igds_bench.core.features import FeatureSettings
from igds_bench.errors import DataError
from igds_bench.features.explain import Explainer, prior_draws, word_rises
from igds_bench.features.find import find_task_features, sample
from igds_bench.features.interventions.effects import Effects
from igds_bench.features.resonance import feature_activations
from tests.builders.pools import make_pool

QUICK = FeatureSettings(m_dev=16, n_prior=50, null_directions=1, delta="log-likelihood")


def test_words_that_amplification_adds_come_first():
    amplified, original = ("Dog dog cat", "cat"), ("cat cat", "cat bird")
    effects = Effects(None, None, texts=(amplified, original))
    first, *rest = word_rises(effects, 0, 5)
    assert (first.word, first.original, first.amplified) == ("dog", 0.0, 500.0)
    assert rest == []  # cat became rarer, and bird is gone
    assert word_rises(effects, 0, 0) == ()


def split(name, count):
    return make_pool([(f"{name} {i}", "r") for i in range(count)], name=name)


def test_prior_draws_are_disjoint_and_leave_the_dev_samples_alone():
    target = TargetSet(split("prior", 12), split("dev", 20), split("tune", 9))
    settings = FeatureSettings(n_prior=10, m_dev=15)
    draws = prior_draws(target, settings, 10)
    assert [len(draw) for draw in draws] == [10, 10]  # 2 + 9 + 5 are left for one more
    ids = [example.id for draw in draws for example in draw]
    assert len(set(ids)) == len(ids)
    assert {e.id for e in draws[0]} <= set(target.prior.ids)
    assert not set(ids) & {e.id for e in sample(target.dev, "dev", 15, 0)}
    assert prior_draws(target, settings, 1) == draws[:1]


def test_too_small_a_split_is_named():
    with pytest.raises(DataError, match="n_prior asks for 100 samples, and the prior split has 3"):
        sample(split("prior", 3), "prior", 100, 0)


@pytest.fixture(scope="module")
def told(tiny_lm, tiny_suite, tiny_math, math_data):
    found = find_task_features(tiny_lm, tiny_suite, tiny_math, math_data.target, QUICK)
    wanted = ExplainSettings(features=2, multipliers=(1.0, 3.0), examples=3, words=4, prior_sets=3)
    explainer = Explainer(tiny_lm, tiny_suite, tiny_math, math_data.target, found, wanted)
    pool = math_data.pool.take(math_data.pool.ids[:40])
    return found, explainer.explain(pool), pool


def test_the_most_active_examples_are_the_pools(told, tiny_lm, tiny_suite):
    found, explanation, pool = told
    features = found.top(2)
    activations = feature_activations(tiny_lm, tiny_suite, features, pool.prompts)
    for column, part in enumerate(explanation.features):
        assert part.name == str(features[column])
        wanted = np.sort(activations[:, column])[::-1][:3]
        np.testing.assert_allclose([top.activation for top in part.examples], wanted, atol=1e-4)
        assert all(top.critical == ":" for top in part.examples)
        assert all(top.before.endswith("Solution") for top in part.examples)


def test_the_paper_strength_is_the_candidates_delta(told):
    found, explanation, _ = told
    for candidate, part in zip(found.candidates, explanation.features, strict=False):
        assert [s.multiplier for s in part.steering] == [1.0, 3.0]
        assert part.steering[0].delta == pytest.approx(candidate.delta, abs=1e-5)
        assert part.steering[0].low == pytest.approx(candidate.low, abs=1e-5)
        assert part.steering[1].delta != part.steering[0].delta


def test_layers_and_draws_are_counted(told):
    found, explanation, _ = told
    assert sum(share.candidates for share in explanation.layers) == len(found.candidates)
    assert [share.layer for share in explanation.layers] == list(found.layers)
    stability = explanation.stability
    assert len(stability.tops) == 3 and stability.n_prior == 50
    assert stability.tops[0] == tuple(str(feature) for feature in found.top(5))
    assert 0 <= stability.overlap <= 1
    assert type(explanation).model_validate_json(explanation.model_dump_json()) == explanation
