import dataclasses

import numpy as np
import pytest

from igds_bench.core.aggregation import Function, Mean, Origin, Ratio
from igds_bench.core.record import Score
from igds_bench.core.specs import MetricSpec
from igds_bench.metrics import METRICS, bleu, exact_match, rouge, score
from igds_bench.metrics.recorded import (
    as_recorded,
    bounds_of,
    declared_metric,
    metric_behind,
    todays_metrics,
)
from igds_bench.plugin.registry import Registered, Registry


def recorded(spec, texts=(("a b c d e", "a b c d f"),)):
    if spec.name == "math":
        pytest.importorskip("math_verify", reason="the package math-verify is not installed")
    predictions, references = zip(*texts, strict=True)
    return score(spec, spec.measure(predictions, references, ["p"] * len(texts)))


def with_task(registries, *metrics, name="mine"):
    spec = dataclasses.replace(registries.tasks.get("tiny-math").spec, name=name, metrics=metrics)
    tasks = Registry("task", [Registered(spec, "mine", "", "")], {})
    return dataclasses.replace(registries, tasks=tasks)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_built_in_metric_is_found_by_its_signature(name, registries):
    spec = METRICS[name]()
    found, why = metric_behind(name, recorded(spec), "nowhere", registries)
    assert not why
    assert (found.name, found.signature) == (spec.name, spec.signature)


def test_exact_match_is_rebuilt_with_the_pattern_of_its_signature(registries):
    known = recorded(exact_match(r"A: (\w+)|B", "mine"), [("A: x", "A: x")])
    found, _ = metric_behind("mine", known, "nowhere", registries)
    assert found.measure(["A: x", "no"], ["A: x", "A: y"], ["", ""])[:, 0].tolist() == [100.0, 0.0]


@pytest.mark.parametrize("numbers", ["plain", "strict"])
@pytest.mark.parametrize("answer", [None, r"A: (\w+)|B"])
def test_exact_match_is_rebuilt_with_its_way_with_numbers_and_references(
    numbers, answer, registries
):
    spec = exact_match(answer, "mine", numbers).for_references("var")
    found, why = metric_behind("mine", recorded(spec), "nowhere", registries)
    assert not why
    assert found.signature == spec.signature


@pytest.mark.parametrize("count", ["1", "3", "var"])
@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_is_found_with_the_count_of_references_that_was_recorded(
    name, count, registries
):
    spec = METRICS[name]().for_references(count)
    found, why = metric_behind(name, recorded(spec), "nowhere", registries)
    assert not why
    assert found.signature == spec.signature


def test_a_metric_is_built_again_from_what_it_was_built_from(registries):
    known = recorded(exact_match("(9)", "nines"), [("9", "9")])
    known = known.model_copy(
        update={
            "signature": "mine",
            "origin": Origin("exact_match", "p", {"answer": "(9)", "name": "nines"}),
        }
    )
    (found,) = todays_metrics("nines", known, "nowhere", registries)
    assert found.signature == exact_match("(9)").signature
    assert metric_behind("nines", known, "nowhere", registries)[0] is None


def test_a_tasks_own_metric_comes_first(registries):
    own = dataclasses.replace(rouge("rouge1"), version=2)
    known = recorded(own)
    assert todays_metrics("rouge1", known, "mine", with_task(registries, own)) == [own]
    found, _ = metric_behind("rouge1", known, "mine", with_task(registries, own))
    assert found is own
    found, why = metric_behind("rouge1", known, "nowhere", registries)
    assert found is None
    assert "recorded as version 2" in why


def test_a_metric_of_a_plugin_that_is_not_there_is_unknown(registries):
    spec = MetricSpec("mine", ("x", "y"), None, Ratio())
    known = score(dataclasses.replace(spec, origin=Origin("mine", "p")), np.ones((3, 2)))
    found, why = metric_behind("mine", known, "nowhere", registries)
    assert found is None
    assert "name its plugin with --plugin" in why


@pytest.mark.parametrize(
    ("score_", "bounds"),
    [
        (Score(value=1, n=1, bounds=(0, None)), (0, float("inf"))),
        (Score(value=1, n=1, bounds=(None, 5)), (float("-inf"), 5)),
        (Score(value=1, n=1), (float("-inf"), float("inf"))),
    ],
)
def test_bounds_are_those_of_the_record(score_, bounds):
    assert bounds_of("mine", score_) == bounds


def test_records_without_bounds_have_those_of_this_packages_metrics():
    assert bounds_of("bleu", Score(value=1, n=1)) == (0, 100)
    assert bounds_of("response_loss", Score(value=1, n=1)) == (0, float("inf"))


def test_what_a_record_declares_is_enough_to_add_up():
    spec = MetricSpec("mine", ("x", "y", "z"), None, Ratio(2, 0, 10), bounds=(-1e9, 1e9))
    rows = np.random.default_rng(0).uniform(1, 2, (9, 3))
    known = score(spec, rows)
    assert score(declared_metric("mine", known), rows) == known


@pytest.mark.parametrize("how", [None, Function("mine")])
def test_what_a_record_does_not_say_is_not_made_up(how):
    known = Score(value=1, n=1, columns=["x", "n"], aggregation=how)
    assert declared_metric("mine", known) is None


def test_older_records_of_a_count_called_n_were_means():
    ratio = MetricSpec("mine", ("x", "n"), None, lambda s: s[..., 0] / s[..., 1])
    assert ratio.aggregation == Ratio()
    assert as_recorded(ratio, Score(value=1, n=1)).aggregation == Mean()
    assert as_recorded(ratio, Score(value=1, n=1, aggregation=Ratio())) is ratio
    assert as_recorded(bleu(), Score(value=1, n=1)).aggregation == Function("bleu")
