import pytest

from igds_bench.core.features import Candidate, Feature, FeatureSettings, TaskFeatures
from igds_bench.errors import DataError


def table(deltas, null=(), **settings):
    candidates = [
        Candidate(layer=0, index=i, recall=1.0, delta=d, stderr=0.1, delta_loglik=0.0, samples=4)
        for i, d in enumerate(deltas)
    ]
    return TaskFeatures(
        settings=FeatureSettings(**settings),
        candidates=tuple(candidates),
        n_prior=4,
        m_dev=4,
        null_deltas=tuple(null),
    )


def names(features):
    return [feature.index for feature in features]


def test_what_only_cuts_the_table_is_no_part_of_its_key():
    plain = FeatureSettings()
    for change in ({"top_features": 3}, {"pass_mark": "null"}, {"require_positive": True}):
        assert FeatureSettings(**change).key_fields() == plain.key_fields()
    assert FeatureSettings(audit=3).key_fields() == plain.key_fields()
    for change in ({"tau": 0.5}, {"seed": 1}, {"layers": (1,)}, {"directions": "random"}):
        assert FeatureSettings(**change).key_fields() != plain.key_fields()


@pytest.mark.parametrize("shortcut", [{"racing": True}, {"attribution": 0.5}])
def test_a_shortcut_depends_on_k_and_on_its_audit(shortcut):
    keys = [
        FeatureSettings(**shortcut, top_features=k, audit=audit).key_fields()
        for k, audit in ((1, 8), (3, 8), (1, 2))
    ]
    assert keys[0] != keys[1] and keys[0] != keys[2]


def test_the_paper_ranks_whatever_the_deltas():
    found = table([-0.1, -0.5], null=[0.3])
    assert names(found.chosen(FeatureSettings())) == [0]
    assert names(found.chosen(FeatureSettings(top_features=2))) == [0, 1]
    assert not found.helps and found.best_beats_null is False and found.beat_null == 0


def test_the_null_mark_keeps_what_exceeds_every_random_direction():
    found = table([0.9, 0.5, 0.2], null=[0.1, 0.4])
    settings = FeatureSettings(top_features=3, pass_mark="null")
    assert names(found.chosen(settings)) == [0, 1]
    assert found.beat_null == 2 and found.best_beats_null


def test_no_feature_above_the_null_is_an_error_with_the_numbers():
    with pytest.raises(DataError, match=r"highest Delta is \+0\.3 \(L0/0\), and 2 .* reach \+0\.4"):
        table([0.3], null=[0.1, 0.4]).chosen(FeatureSettings(pass_mark="null"))


def test_no_positive_delta_can_be_refused():
    settings = FeatureSettings(require_positive=True)
    with pytest.raises(DataError, match=r"the highest Delta of 2 candidates is -0\.1 \(L0/0\)"):
        table([-0.1, -0.5]).chosen(settings)
    assert table([0.1, -0.5]).chosen(settings) == (Feature(0, 0),)
