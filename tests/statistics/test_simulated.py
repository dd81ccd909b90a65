"""The statistics keep what they promise on tables with known truth.

Monte-Carlo allowance: bounds are asserted on the strict side by two standard errors over 2,000
tables (the slow tests), and on the lenient side over 100 (the fast ones, which only a grave error
fails). Seeds are fixed, so that no test fails by luck.
"""

import json
import re

import numpy as np
import pytest

from igds_bench.report.statistics.paired import conclude
from igds_bench.report.statistics.simulated import figures, simulated_note
from igds_bench.report.statistics.verdict import Verdict
from tests.statistics.simulate import (
    QUOTED,
    RANKED,
    SEEDS,
    SETTINGS,
    TABLE,
    quoted,
    rank_line,
    verdict_line,
)
from tests.statistics.studies import TABLES, corpus, holm, ranked, verdicts
from tests.statistics.tables import Setting, draw_tables, expected_parts

FEW = 100
NAMES = [f"{s.seeds} seeds, {s.spread:g} points x{s.ratio:g} {s.skewed}" for s in SETTINGS]


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS, ids=NAMES)
def test_verdicts_cover_err_and_find_as_they_promise(setting):
    found = verdicts(setting, TABLES)
    assert found.coverage.low >= 0.93
    assert found.false_better.high <= 0.06
    assert found.false_tied.high <= 0.06
    for power in (found.power, found.corrected):
        assert abs(power.value - 0.8) + 2 * power.error <= 0.03


@pytest.mark.slow
@pytest.mark.parametrize("seeds", SEEDS)
def test_intervals_of_a_corpus_metric_cover(seeds):
    assert corpus(seeds, TABLES).low >= 0.93


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("setting", "apart"), RANKED)
def test_rank_intervals_cover_and_equals_are_rarely_told_apart(setting, apart):
    found = ranked(setting, apart, TABLES)
    assert found.coverage.low >= 0.93
    assert found.band.low >= 0.93
    assert found.told_apart.high <= 0.05


@pytest.mark.parametrize("setting", [Setting(3, 6.0), Setting(5, 3.0), Setting(10, 1.5)])
def test_a_few_tables_are_judged_as_they_should(setting):
    found = verdicts(setting, FEW)
    assert found.coverage.high >= 0.93
    assert found.false_better.low <= 0.06
    assert found.power.low <= 0.83 and found.power.high >= 0.77


def test_a_few_tables_of_a_corpus_metric_are_covered():
    assert corpus(3, FEW).high >= 0.93


def test_a_few_tables_are_ranked_as_they_should():
    found = ranked(Setting(3, 6.0, examples=50), 1.0, 30)
    assert found.coverage.high >= 0.93 and found.told_apart.low <= 0.05


def test_simulated_tables_have_the_variance_that_theory_expects():
    setting = Setting(5, 6.0, ratio=2.0, examples=50)
    tables = draw_tables(np.random.default_rng(0), 300, setting)
    difference = tables.rows.mean(axis=(-2, -1)) - tables.random.mean(axis=(-2, -1))
    assert abs(difference.mean()) < 0.5
    assert difference.var() == pytest.approx(float(expected_parts(setting).variance), rel=0.1)


def test_words_on_simulated_tables_are_those_of_reports():
    p = np.random.default_rng(0).uniform(0, 0.05, (2, 6)) ** 2
    for own, adjusted in zip(p, holm(p), strict=True):
        given = [Verdict(1.0, 1.0, (3, 3), 1, p=float(q)) for q in own]
        found = conclude(given, True)
        assert [v.p_holm for v in found] == pytest.approx(adjusted.tolist())


def numbers(line):
    return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", line)]


@pytest.mark.slow
def test_the_committed_table_is_what_the_code_gives():
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    verdict_lines = lines[lines.index("## Verdicts of a metric that is a mean") + 4 :]
    for line, setting in zip(verdict_lines, SETTINGS, strict=False):
        assert numbers(line) == pytest.approx(numbers(verdict_line(verdicts(setting))), abs=0.3)


def test_reports_quote_the_committed_figures():
    assert {n: set(own) for n, own in figures().items()} == {
        str(n): {"interval", "corpus", "false_better", "rank", "band"} for n in SEEDS
    }
    assert json.loads(QUOTED.read_text())["tables"] == TABLES
    worst = figures()["3"]["interval"]
    assert f"{worst:.1%}" in simulated_note()
    assert "3, 5 and 10 seeds" in simulated_note()


def test_the_quoted_figures_are_the_worst_of_a_number_of_seeds():
    judged = [verdicts(Setting(n, spread), 20) for n in SEEDS for spread in (1.5, 6.0)]
    judged.append(verdicts(Setting(3, 3.0, skewed=True), 20))
    drawn = {n: corpus(n, 20) for n in SEEDS}
    ranks = [ranked(Setting(n, 3.0, examples=20), 1.0, 5) for n in SEEDS]
    found = quoted(judged, drawn, ranks, 20)["seeds"]["5"]
    assert found["interval"] == round(min(v.coverage.value for v in judged[2:4]), 4)
    assert found["corpus"] == round(drawn[5].value, 4)
    assert verdict_line(judged[-1]).startswith("| 3 | 3, skewed |")
    assert rank_line(ranks[0]).startswith("| 3 | 3 | 1 |")
