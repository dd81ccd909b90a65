import math

import numpy as np
import pytest

from igds_bench import metrics
from igds_bench.core.aggregation import Function, Mean, Origin, Ratio, Total
from igds_bench.core.record import Score
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import StageError


def test_error_of_a_mean_is_analytic():
    statistics = np.column_stack([[0.0, 100.0, 100.0, 0.0], np.ones(4)])
    found = metrics.score(metrics.exact_match(), statistics)
    assert found.stderr == pytest.approx(np.std([0, 100, 100, 0], ddof=1) / 2)


def test_error_of_a_corpus_metric_is_that_of_resampled_corpora(texts):
    predictions, references = texts
    metric = metrics.bleu()
    statistics = metric.statistics(predictions, references)
    draws = np.random.default_rng(7).integers(0, 80, (2000, 80))
    wanted = metric.from_sums(statistics[draws].sum(axis=1)).std(ddof=1)
    assert metrics.score(metric, statistics).stderr == pytest.approx(wanted, rel=0.2)


def test_a_value_out_of_bounds_is_an_error_and_never_a_score():
    with pytest.raises(StageError, match="outside of 0"):
        metrics.score(metrics.exact_match(), np.array([[150.0, 1.0]]))
    with pytest.raises(StageError, match="is nan"):
        metrics.score(metrics.exact_match(), np.array([[np.nan, 1.0]]))


def metric(columns, how, **changes):
    return MetricSpec("mine", columns, None, how, **changes)


ROWS = np.array([[1.0, 1.0, 1.0], [3.0, 2.0, 1.0], [2.0, 4.0, 1.0], [0.0, 3.0, 1.0]])


@pytest.mark.parametrize(
    ("columns", "how", "position"),
    [(("x", "y", "rows"), Mean(0, 2), 0), (("n", "x", "examples"), Mean(1, 2, 100), 1)],
)
def test_a_declared_mean_has_the_analytic_error_whatever_its_columns_are_called(
    columns, how, position
):
    found = metrics.score(metric(columns, how, bounds=(0, 1e9)), ROWS)
    assert found.value == pytest.approx(how.scale * ROWS[:, position].mean())
    assert found.stderr == pytest.approx(how.scale * ROWS[:, position].std(ddof=1) / 2)


@pytest.mark.parametrize("how", [Ratio(), Ratio(2, 1), Total(1), lambda s: s[..., 0] / s[..., 1]])
def test_any_other_metric_has_the_error_of_resampled_examples_whatever_its_columns_are_called(how):
    found = metrics.score(metric(("x", "n", "m"), how), ROWS)
    draws = np.random.default_rng(7).integers(0, 4, (4000, 4))
    assert found.value == pytest.approx(float(how(ROWS.sum(axis=0))))
    assert found.stderr == pytest.approx(how(ROWS[draws].sum(axis=1)).std(ddof=1), rel=0.2)


def test_a_mean_that_counts_an_example_twice_is_refused():
    with pytest.raises(StageError, match=r"its column 'n' is not 1 for every one.*declare a Ratio"):
        metrics.score(metric(("x", "n"), Mean()), ROWS[:, :2])


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [((0.0, 100.0), (0.0, 100.0)), ((0.0, math.inf), (0.0, None)), ((-math.inf, 9), (None, 9.0))],
)
def test_a_score_says_how_it_comes_from_the_examples_and_survives_json(bounds, kept):
    spec = metric(
        ("x", "y", "z"), Ratio(0, 1, 2), bounds=bounds, origin=Origin("m", "p 1", {"a": 1})
    )
    found = metrics.score(spec, ROWS)
    assert (found.columns, found.aggregation) == (["x", "y", "z"], Ratio(0, 1, 2))
    assert (found.bounds, found.origin) == (kept, spec.origin)
    assert Score.model_validate_json(found.model_dump_json()) == found


def test_an_unbounded_metric_is_a_finite_number_all_the_same():
    rows = np.array([[1.0, 0.0], [2.0, 0.0]])
    with np.errstate(divide="ignore"), pytest.raises(StageError, match="is inf"):
        metrics.score(metric(("x", "y"), Ratio(), bounds=(-math.inf, math.inf)), rows)


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_metrics_of_this_package_declare_what_they_are(name):
    wanted = Function(name) if name in ("bleu", "chrf") else Mean()
    assert metrics.metric_by_name(name).aggregation == wanted
    assert metrics.RESPONSE_LOSS.aggregation == Ratio()
