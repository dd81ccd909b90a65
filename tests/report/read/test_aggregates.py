"""How a metric is put together follows from its records, and from nothing that its columns are called."""

import numpy as np
import pytest

from igds_bench.core.aggregation import Function, Mean, Origin, Ratio, Total
from igds_bench.core.record import Score
from igds_bench.metrics import bleu
from igds_bench.report.read.aggregates import aggregate_of, columns_of
from tests.builders.records import make_record

SUMS = np.array([6.0, 3.0, 12.0])


def offered():
    raise AssertionError("no plugin is needed")


def evidence(how, *values, columns=("a", "b", "c"), **changes):
    score = {"n": 3, "aggregation": how, "columns": None if how is None else list(columns)}
    return [
        (make_record("good", seed=seed, scores={"mine": Score(value=v, **score, **changes)}), SUMS)
        for seed, v in enumerate(values)
    ]


@pytest.mark.parametrize("columns", [("sum", "n", "m"), ("n", "sum", "m")])
@pytest.mark.parametrize("how", [Mean(), Mean(2, 1), Ratio(), Ratio(0, 2, 100), Total(2)])
def test_the_declaration_counts_whatever_the_columns_are_called(how, columns):
    found = aggregate_of("mine", columns, evidence(how, 1.0, columns=columns), offered)
    assert found.combine(SUMS) == how(SUMS)
    assert found.is_mean == isinstance(how, Mean)
    assert not found.unknown


def test_most_records_are_believed():
    mixed = evidence(Ratio(), 2.0, 2.0) + evidence(Total(), 6.0) + evidence(None, 2.0, 2.0, 2.0)
    assert aggregate_of("mine", ("a", "b", "c"), mixed, offered).combine == Ratio()


def test_a_declaration_of_columns_that_are_not_there_is_no_error_and_no_guess():
    found = aggregate_of("mine", ("a", "b"), evidence(Ratio(0, 2), 1.0), offered)
    assert found.combine is None
    assert "its columns are ['a', 'b']" in found.unknown


def test_columns_are_in_the_declared_order_whatever_the_tables_is():
    scores = [Score(value=1, n=1), Score(value=1, n=1, columns=["b", "a"])]
    assert columns_of("mine", scores, ["a", "b"]) == ("b", "a")
    assert columns_of("mine", scores[:1], ["a", "b"]) == ("a", "b")
    assert columns_of("bleu", scores[:1], sorted(bleu().columns)) == bleu().columns


def test_older_records_of_this_packages_metrics_know_how():
    sums = np.array([10, 10, 10, 9, 8, 7, 10, 9, 8, 7], dtype=float)
    older = [(record, sums) for record, _ in evidence(None, 5.0)]
    for record, _ in older:
        record.scores["bleu"] = record.scores["mine"]
    found = aggregate_of("bleu", bleu().columns, older, offered)
    assert found.combine(sums) == pytest.approx(100.0)
    assert not found.is_mean


@pytest.mark.parametrize(("second", "is_mean"), [("n", True), ("tokens", False)])
def test_two_columns_of_older_records_are_a_ratio_where_the_scores_bear_it_out(second, is_mean):
    columns = ("sum", second)
    found = aggregate_of("mine", columns, evidence(None, 2.0, 2.0, 7.0), offered)
    assert found.combine(SUMS) == 2.0
    assert found.is_mean == is_mean
    unknown = aggregate_of("mine", columns, evidence(None, 200.0, 200.0, 2.0), offered)
    assert unknown.combine is None
    assert "older than the field that says how its value comes from sum, " in unknown.unknown


@pytest.mark.parametrize("columns", [("a",), ("a", "b", "c")])
def test_other_columns_of_older_records_are_unknown(columns):
    assert aggregate_of("mine", columns, evidence(None, 2.0), offered).combine is None


def test_a_function_of_this_package_needs_no_plugin():
    columns = list(bleu().columns)
    own = [
        (
            make_record(
                "good",
                scores={"bleu": Score(value=1, n=1, aggregation=Function("bleu"), columns=columns)},
            ),
            SUMS,
        )
    ]
    assert aggregate_of("bleu", columns, own, offered).combine is not None


def test_a_function_of_a_plugin_that_is_not_there_is_said(registries):
    origin = Origin("mine", "igds-bench-mine 1.0")
    found = aggregate_of(
        "mine", ("a", "b", "c"), evidence(Function("mine"), 1.0, origin=origin), lambda: registries
    )
    assert found.combine is None
    assert "a function of the plugin igds-bench-mine 1.0, which is not installed" in found.unknown
