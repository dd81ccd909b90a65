from itertools import combinations

import numpy as np
import pytest

from igds_bench.core.settings import Sampling
from igds_bench.metrics import bleu, exact_match, math, rouge, score
from igds_bench.metrics.recorded import installed, metric_behind
from igds_bench.metrics.sampled import pass_at_k, pass_metric, recorded_sampling, sampled_metrics

SAMPLING = Sampling(n=4, k=(1, 3), temperature=0.7, top_p=0.9, seed=5)
SAMPLES = [["4", "4", "x", "4"], ["1", "2", "3", "4"], ["7", "7", "7", "7"]]
WANTED = ["4", "4", "0"]


@pytest.mark.parametrize("n", [1, 5, 8])
def test_the_estimate_is_the_share_of_all_draws_of_k_that_hold_a_right_one(n):
    for right in range(n + 1):
        for k in range(1, n + 1):
            draws = list(combinations([True] * right + [False] * (n - right), k))
            share = sum(map(any, draws)) / len(draws)
            found = pass_at_k(np.array([float(n)]), np.array([float(right)]), k)
            assert found[0] == pytest.approx(share, abs=1e-12)


def test_many_samples_stay_exact():
    found = pass_at_k(np.full(2, 2000.0), np.array([1.0, 1990.0]), 1000)
    assert found == pytest.approx([0.5, 1.0])


def test_statistics_keep_what_was_drawn_and_what_was_right():
    metric = pass_metric(exact_match(), 3, SAMPLING)
    found = metric.measure(SAMPLES, WANTED, [""] * 3)
    assert found.tolist() == [[100, 1, 3, 4], [75, 1, 1, 4], [0, 1, 0, 4]]
    assert score(metric, found).value == pytest.approx(175 / 3)
    assert metric.reads == "samples"
    assert metric.signature.endswith("|pass@3|n:4|temperature:0.7|top_p:0.9|seed:5")


def test_any_of_several_references_counts():
    metric = pass_metric(exact_match(), 1, SAMPLING)
    found = metric.measure(SAMPLES[1:2], [("1", "2")], [""])
    assert found[0, 2] == 2


def test_only_metrics_by_which_an_answer_is_right_or_wrong_are_sampled():
    metrics = (exact_match(), rouge("rouge1"), bleu(), math())
    names = [metric.name for metric in sampled_metrics(metrics, SAMPLING)]
    assert names == ["exact_match-pass-1", "exact_match-pass-3", "math-pass-1", "math-pass-3"]
    assert sampled_metrics(metrics, None) == ()


def test_a_recorded_one_is_found_again_with_the_metric_that_it_is_of():
    metric = pass_metric(exact_match(r"#### (\d+)", "final").for_references("var"), 3, SAMPLING)
    recorded = score(metric, metric.measure([["#### 4"] * 4] * 2, ["#### 4"] * 2, [""] * 2))
    again, why = metric_behind(metric.name, recorded, "unknown", installed()())
    assert why == ""
    assert (again.name, again.signature) == (metric.name, metric.signature)
    assert recorded_sampling("exact_match", exact_match().signature) is None
    other = recorded.model_copy(
        update={"signature": "own|pass@1|n:2|temperature:1.0|top_p:1.0|seed:0"}
    )
    assert metric_behind("own-pass-1", other, "unknown", installed()())[0] is None


@pytest.mark.parametrize(
    "wrong", [{"k": [5]}, {"k": [0]}, {"k": [1, 1]}, {"k": []}, {"temperature": 0}, {"top_p": 1.5}]
)
def test_what_can_not_be_sampled_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Sampling.model_validate({"n": 4, "k": [1], **wrong})
