import numpy as np
import pytest

from igds_bench.core.features import Feature, FeatureSettings
from igds_bench.features.find import find_task_features
from igds_bench.features.interventions.arms import feature_arms
from igds_bench.features.interventions.effects import Measure, measure_effects
from igds_bench.features.interventions.shortcuts import Race, attribution_scores, audited, report
from igds_bench.features.recall import recall_features

QUICK = {"m_dev": 16, "n_prior": 50, "null_directions": 2, "delta": "log-likelihood"}


def effects(means, samples=20):
    noise = np.tile([-0.1, 0.1], samples // 2)
    return np.array([mean + noise for mean in means])


def test_a_hopeless_candidate_goes_and_random_directions_stay():
    race = Race(count=4, arms=6, k=1, sign=1.0, spared={3})
    going = race.survivors(effects([1.0, 0.95, -2.0, -2.0, -9.0, -9.0]), range(20))
    assert going == [0, 1, 3, 4, 5]
    assert race.lost == {2, 3}


def test_where_less_is_better_the_race_runs_the_other_way():
    race = Race(count=2, arms=2, k=1, sign=-1.0, spared=set())
    assert race.survivors(effects([1.0, -1.0]), range(20)) == [1]


def test_nobody_goes_while_there_are_no_more_than_k():
    race = Race(count=2, arms=2, k=2, sign=1.0, spared=set())
    assert race.survivors(effects([1.0, -9.0]), range(20)) == [0, 1]


def test_the_audit_is_drawn_by_seed_and_not_by_order():
    features = [Feature(0, i) for i in range(20)]
    drawn = audited(features, FeatureSettings(audit=5))
    assert len(drawn) == 5
    assert audited(features[::-1], FeatureSettings(audit=5)) == drawn
    assert audited(features, FeatureSettings(audit=5, seed=1)) != drawn


def test_the_report_counts_what_the_shortcut_missed():
    judged = effects([1.0, 0.5, 2.0, 0.0])
    judged[3, 10:] = np.nan
    found = report("racing", judged, kept=2, recalled=4, k=1, audit={2})
    assert (found.dropped, found.audited, found.missed) == (2, 1, 1)
    assert found.spared == pytest.approx(10 / 80)


@pytest.fixture(scope="module")
def recalled(tiny_lm, tiny_suite, math_data):
    prompts = [example.prompt for example in math_data.target.prior]
    return recall_features(tiny_lm, tiny_suite, prompts, 0.8)


def test_attribution_is_the_slope_of_the_effect(
    tiny_lm, tiny_suite, tiny_math, math_data, recalled
):
    features = [found.feature for found in recalled]
    samples = math_data.target.dev[:6]
    step = 0.01
    arms = feature_arms(features, step)
    moved = measure_effects(tiny_lm, tiny_suite, arms, samples, Measure(tiny_math))
    slopes = moved.loglik.mean(axis=1) / step
    scores = attribution_scores(tiny_lm, tiny_suite, features, samples)
    np.testing.assert_allclose(scores, slopes, rtol=0.05, atol=2e-4)
    assert np.abs(scores).max() > 1e-3


@pytest.fixture(scope="module")
def exact(tiny_lm, tiny_suite, tiny_math, math_data):
    settings = FeatureSettings(**QUICK)
    return find_task_features(tiny_lm, tiny_suite, tiny_math, math_data.target, settings)


@pytest.mark.parametrize("shortcut", [{"racing": True}, {"attribution": 0.3}])
def test_a_shortcut_with_a_full_audit_gives_the_exact_best(
    tiny_lm, tiny_suite, tiny_math, math_data, exact, shortcut
):
    settings = FeatureSettings(**QUICK, **shortcut, audit=1000)
    found = find_task_features(tiny_lm, tiny_suite, tiny_math, math_data.target, settings)
    assert found.candidates[0].feature == exact.candidates[0].feature
    assert found.candidates[0].delta == pytest.approx(exact.candidates[0].delta, abs=1e-4)
    assert len(found.candidates) == len(exact.candidates)
    assert found.shortcut.audited == found.shortcut.dropped
    assert found.shortcut.spared == pytest.approx(0)


def test_attribution_without_an_audit_measures_only_the_share(
    tiny_lm, tiny_suite, tiny_math, math_data, exact
):
    settings = FeatureSettings(**QUICK, attribution=0.3, audit=0)
    found = find_task_features(tiny_lm, tiny_suite, tiny_math, math_data.target, settings)
    count = len(exact.candidates)
    assert len(found.candidates) == int(np.ceil(0.3 * count))
    assert found.shortcut.dropped == count - len(found.candidates)
    assert exact.shortcut is None
