"""Verdicts: what varies, how sure a difference is, and the word for it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_ind

from igds_bench.metrics import bleu, chrf
from igds_bench.report.board.judging import independent_units
from igds_bench.report.statistics import paired
from igds_bench.report.statistics.paired import conclude, judge, t_tests
from igds_bench.report.statistics.variance import parts_of_means
from igds_bench.report.statistics.verdict import RowScores, Verdict
from tests.report.conftest import make_record


def ratio(sums):
    return sums[..., 0] / sums[..., 1]


def scores(values, units=None, is_mean=True):
    """Return the scores of cells whose metric is the mean over examples: (cells, examples)."""
    values = np.asarray(values, dtype=float)
    units = np.arange(len(values)) if units is None else np.asarray(units)
    return RowScores(np.stack([values, np.ones_like(values)], -1), units, ratio, is_mean)


def table(draw, units, examples=60, level=50.0, seed_sd=3.0):
    """Return cells by examples: difficulty is shared, seeds and noise are each cell's own."""
    difficulty = np.random.default_rng(9).normal(0, 20, examples)
    seeds = draw.normal(0, seed_sd, (units, 1))
    return level + difficulty + seeds + draw.normal(0, 10, (units, examples))


def test_the_variance_of_a_difference_is_that_over_many_tables():
    draw = np.random.default_rng(0)
    shape = (4000, 1, 30)
    example = draw.normal(0, 8, shape)
    row = draw.normal(0, 4, (4000, 4, 1)) + draw.normal(0, 9, (4000, 4, 30)) + example
    random = draw.normal(0, 2, (4000, 6, 1)) + draw.normal(0, 5, (4000, 6, 30))
    differences = row.mean(axis=(1, 2)) - random.mean(axis=(1, 2))
    parts = parts_of_means(row, random)
    exact = 16 / 4 + 4 / 6 + 64 / 30 + (81 / 4 + 25 / 6) / 30
    assert differences.var() == pytest.approx(exact, rel=0.07)
    assert parts.variance.mean() == pytest.approx(exact, rel=0.07)


def test_with_one_example_the_test_is_welchs_and_the_margins_two_one_sided_ones():
    draw = np.random.default_rng(1)
    own, others = draw.normal(3, 2, 4), draw.normal(0, 5, 7)
    found = judge(scores(own[:, None]), scores(others[:, None]), margin=9.0)
    wanted = stats.ttest_ind(own, others, equal_var=False)
    interval = wanted.confidence_interval(0.95)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert (found.p, found.df) == (pytest.approx(wanted.pvalue), pytest.approx(wanted.df))
    assert found.p_tied == pytest.approx(ttost_ind(own, others, -9, 9, usevar="unequal")[0])
    assert found.examples == 1


def test_a_component_below_the_residual_it_contains_does_not_narrow_the_interval():
    draw = np.random.default_rng(2)
    noise = draw.normal(0, 10, (3, 40))
    equal = noise - noise.mean(axis=1, keepdims=True)
    parts = parts_of_means(equal, table(draw, 5, 40))
    assert parts.row.raw == pytest.approx(0)
    assert parts.row.units == parts.row.residual > 0
    assert parts.variance >= parts.examples + parts.random.units - parts.random.residual


def test_the_difficulty_of_examples_that_both_sides_share_is_in_no_interval():
    draw = np.random.default_rng(3)
    found = judge(scores(table(draw, 5)), scores(table(draw, 5)), 1.0)
    assert found.se_examples < 20 / np.sqrt(60)


def test_cells_of_one_draw_are_one_unit():
    draw = np.random.default_rng(4)
    cells = table(draw, 6)
    whole = scores(cells, [0, 0, 1, 1, 2, 2])
    means = scores(cells.reshape(3, 2, -1).mean(axis=1))
    row = scores(table(draw, 4))
    first, second = judge(row, whole, 1.0), judge(row, means, 1.0)
    assert first.units == second.units == (4, 3)
    assert (first.low, first.p) == (pytest.approx(second.low), pytest.approx(second.p))


def test_a_corpus_metrics_bootstrap_agrees_with_the_analysis_where_both_apply(monkeypatch):
    monkeypatch.setattr(paired, "CORPUS_DRAWS", 3000)
    draw = np.random.default_rng(5)
    row, random = table(draw, 5, 200, level=60), table(draw, 6, 200)
    exact = judge(scores(row), scores(random), 1.0)
    drawn = judge(scores(row, is_mean=False), scores(random, is_mean=False), 1.0)
    assert drawn.difference == pytest.approx(exact.difference)
    assert drawn.se_seeds == pytest.approx(exact.se_seeds)
    assert drawn.se_examples == pytest.approx(exact.se_examples, rel=0.1)
    assert drawn.error == pytest.approx(exact.error, rel=0.05)
    assert drawn.df == pytest.approx(exact.df, rel=0.2)


@pytest.mark.parametrize("metric", [bleu(), chrf()], ids=["bleu", "chrf"])
def test_corpus_metrics_are_recomputed_from_sums_not_averaged_over_sentences(metric):
    draw = np.random.default_rng(6)
    references = [" ".join(draw.choice(list("abcdefgh"), 12)) for _ in range(30)]

    def cell(share):
        texts = []
        for text in references:
            words = text.split()
            changed = draw.random(len(words)) < share
            texts.append(" ".join("z" if c else w for c, w in zip(changed, words, strict=True)))
        return metric.statistics(texts, references)

    rows = [
        RowScores(np.stack([cell(share) for _ in range(4)]), np.arange(4), metric.from_sums, False)
        for share in (0.1, 0.4)
    ]
    found = judge(*rows, 1.0)
    assert found.difference == pytest.approx(rows[0].values.mean() - rows[1].values.mean())
    assert found.word is None and found.p < 0.01 and found.se_examples > 0


@pytest.mark.parametrize("units", [1, 2])
def test_below_three_units_there_is_the_difference_alone(units):
    draw = np.random.default_rng(7)
    found = judge(scores(table(draw, units)), scores(table(draw, 5)), 1.0)
    assert found.low is found.p is found.detectable is found.error is found.df is None
    assert found.units == (units, 5)


def test_where_nothing_varies_there_is_no_interval_and_no_word():
    still = scores(np.zeros((4, 20)))
    (found,) = conclude([judge(still, still, 1.0)], True)
    assert (found.difference, found.low, found.word) == (0.0, None, None)


def verdict(difference, p, p_tied=1.0):
    return Verdict(difference, 1.0, (5, 5), 100, low=-9.0, high=9.0, p=p, p_tied=p_tied)


def test_words_follow_holms_correction_over_all_that_have_a_p_value():
    few = replace(verdict(9.0, 0.0), p=None, p_tied=None)
    given = [verdict(2.0, 0.01), verdict(-3.0, 0.015), verdict(2.5, 0.04), few]
    given += [verdict(0.1, 0.9, 0.04)]
    found = conclude(given, higher_is_better=True)
    assert [v.p_holm for v in found[:3]] == [pytest.approx(p) for p in (0.04, 0.045, 0.08)]
    assert [v.word for v in found] == ["better", "worse", "undecided", None, "tied"]
    assert {v.family for v in found if v.p is not None} == {4}
    assert [v.word for v in conclude(given, higher_is_better=False)][:2] == ["worse", "better"]


def test_certainty_goes_before_the_margin():
    (found,) = conclude([verdict(0.2, 0.001, 0.001)], True)
    assert found.word == "better"


def test_many_tables_at_once_give_what_each_gives_alone():
    draw = np.random.default_rng(8)
    row, random = draw.normal(0, 5, (3, 4, 25)), draw.normal(0, 5, (3, 6, 25))
    differences = row.mean(axis=(1, 2)) - random.mean(axis=(1, 2))
    together = t_tests(differences, parts_of_means(row, random), 1.0)
    for i in range(3):
        alone = judge(scores(row[i]), scores(random[i]), 1.0)
        assert together.low[i] == pytest.approx(alone.low)
        assert together.p_tied[i] == pytest.approx(alone.p_tied)


def method(name, **facts):
    return {"method": {"name": name, **facts}}


RANDOM = method("random", deterministic=False)


@pytest.mark.parametrize(
    ("cells", "changes", "wanted"),
    [
        ([(0, 0), (0, 1), (0, 2)], method("good"), [0, 1, 2]),
        ([(0, 0), (0, 1), (1, 0), (1, 1)], RANDOM, [0, 0, 1, 1]),
        ([(0, 0), (0, 1), (0, 2)], RANDOM, [0, 0, 0]),
        ([(0, 0), (0, 1), (0, 2)], method("dsir", deterministic=False), [0, 0, 0]),
        ([(0, 0), (0, 1)], {}, [0, 1]),
        ([(0, 0), (0, 1)], {"role": "baseline"}, [0, 0]),
    ],
    ids=[
        "seeds",
        "draws",
        "one draw of random",
        "one draw of another",
        "an old record",
        "an old baseline",
    ],
)
def test_a_unit_is_a_draw_or_else_a_training_seed(cells, changes, wanted):
    records = [make_record("good", "10%", d, t, **changes) for d, t in cells]
    kept, units = independent_units(records)
    assert kept == records
    assert units.tolist() == wanted


def test_draws_that_chose_the_same_rows_are_one_selection_and_copies_count_once():
    same = make_record("good", "10%", 0, 0).selection
    changes = method("matched", deterministic=False)
    cells = [(0, 0), (1, 0), (2, 0), (0, 1)]
    records = [make_record("good", "10%", d, t, selection=same, **changes) for d, t in cells]
    kept, units = independent_units(records)
    assert [r.cell.training_seed for r in kept] == [0, 1]
    assert sorted(units.tolist()) == [0, 1]
