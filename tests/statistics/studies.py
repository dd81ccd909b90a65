"""What is measured on simulated tables: coverage, false verdicts, power."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.stats import rankdata

from igds_bench.metrics import bleu
from igds_bench.report.statistics.paired import LEVEL, resample_weights, t_tests
from igds_bench.report.statistics.power import detectable
from igds_bench.report.statistics.ranks import bootstrap_values, ranks
from igds_bench.report.statistics.variance import parts_of_draws, parts_of_means
from igds_bench.report.statistics.verdict import RowScores
from tests.statistics.tables import (
    BUDGETS,
    SELECTORS,
    Setting,
    draw_board,
    draw_counts,
    draw_levels,
    draw_tables,
    expected_parts,
)

TABLES = 2000
CHUNK = 50
"""Tables that are held at a time."""
DRAWS = 1000
"""Bootstrap draws, shared by all tables of a study."""
ROWS = 10
APART = (1.0, 3.0)
"""Standard deviations of the rows' true means, in points, where ranks are studied."""


@dataclass(frozen=True)
class Share:
    """A share over tables, with its Monte-Carlo error."""

    value: float
    error: float
    """Standard error, from the spread between tables: comparisons within one share random."""

    @property
    def low(self) -> float:
        """Two standard errors below."""
        return self.value - 2 * self.error

    @property
    def high(self) -> float:
        """Two standard errors above."""
        return self.value + 2 * self.error


@dataclass(frozen=True)
class Verdicts:
    """What verdicts on tables of one setting came to."""

    setting: Setting
    coverage: Share
    """Of the 95% interval."""
    false_better: Share
    """Tables without any true difference in which some row is called better."""
    false_words: Share
    """Likewise, better or worse."""
    false_tied: Share
    """Comparisons called tied, of those whose true difference is the margin."""
    power: Share
    """To find the effect that theory finds in 80%, at the 5% level."""
    noncentral: float
    """What the noncentral t at the expected degrees of freedom promises for that effect."""
    corrected: Share
    """Likewise at the level where Holm's correction begins."""


def share(hits: list[np.ndarray]) -> Share:
    """Summarise hits by table: arrays whose first axis are tables."""
    by_table = np.concatenate([h.reshape(len(h), -1).mean(axis=1) for h in hits])
    return Share(float(by_table.mean()), float(by_table.std(ddof=1) / len(by_table) ** 0.5))


def verdicts(setting: Setting, count: int = TABLES, seed: int = 0) -> Verdicts:
    """Judge tables without a difference, and the same moved by effects of a known power."""
    family, expected = SELECTORS * BUDGETS, expected_parts(setting)
    effect, large = (detectable(expected, level) for level in (LEVEL, LEVEL / family))
    hits: dict[str, list[np.ndarray]] = defaultdict(list)
    for g, size in _chunks(count, seed):
        tables = draw_tables(g, size, setting)
        difference = tables.rows.mean(axis=(-2, -1)) - tables.random.mean(axis=(-2, -1))
        parts = parts_of_means(tables.rows, tables.random)
        tests = t_tests(difference, parts, effect)
        hits["coverage"].append((tests.low <= 0) & (tests.high >= 0))
        certain = holm(tests.p.reshape(size, -1)) <= LEVEL
        hits["false_better"].append((certain & (difference.reshape(size, -1) > 0)).any(axis=1))
        hits["false_words"].append(certain.any(axis=1))
        moved = t_tests(difference + effect, parts, effect)
        hits["false_tied"].append(moved.p_tied <= LEVEL)
        hits["power"].append((moved.p <= LEVEL) & (difference + effect > 0))
        moved = t_tests(difference + large, parts, effect)
        hits["corrected"].append((moved.p <= LEVEL / family) & (difference + large > 0))
    df, error = float(expected.df), float(expected.variance) ** 0.5
    noncentral = float(stats.nct.sf(stats.t.ppf(1 - LEVEL / 2, df), df, effect / error))
    shares = {name: share(found) for name, found in hits.items()}
    return Verdicts(setting, noncentral=noncentral, **shares)


def holm(p: np.ndarray) -> np.ndarray:
    """Return Holm's adjusted p values of families: (families, comparisons)."""
    order = np.argsort(p, axis=1)
    steps = np.take_along_axis(p, order, axis=1) * np.arange(p.shape[1], 0, -1)
    adjusted = np.minimum(np.maximum.accumulate(steps, axis=1), 1)
    found = np.empty_like(p)
    np.put_along_axis(found, order, adjusted, axis=1)
    return found


def corpus(seeds: int, count: int = TABLES, seed: int = 0, draws: int = 300) -> Share:
    """Return the coverage of intervals of BLEU, between rows of equal worth."""
    metric, covered = bleu(), []
    for g, size in _chunks(count, seed):
        counts = draw_counts(g, size, seeds)
        examples = counts.shape[-2]
        weights = resample_weights(examples, draws, seed)
        values = metric.from_sums(counts.sum(axis=-2))
        drawn = metric.from_sums(np.moveaxis(np.tensordot(counts, weights, (-2, 1)), -2, -1))
        difference = (values[:, 1:] - values[:, :1]).mean(axis=-1)
        parts = parts_of_draws(
            (values[:, 1:], values[:, :1]), (drawn[:, 1:], drawn[:, :1]), examples
        )
        tests = t_tests(difference, parts, 1.0)
        covered.append((tests.low <= 0) & (tests.high >= 0))
    return share(covered)


@dataclass(frozen=True)
class Ranked:
    """What ranks and bands on tables of one setting came to."""

    setting: Setting
    apart: float
    """Standard deviation of the rows' true means, in points."""
    coverage: Share
    """Of the rank's 95% interval."""
    band: Share
    """Of the 95% band of a row's own mean, as budget curves show it."""
    told_apart: Share
    """Tables in which two rows of equal worth share no letter."""


def ranked(setting: Setting, apart: float, count: int = TABLES, seed: int = 0) -> Ranked:
    """Rank rows with known means."""
    hits: dict[str, list[object]] = defaultdict(list)
    g = np.random.default_rng([seed, 2])
    for _ in range(count):
        levels = draw_levels(g, ROWS, apart)
        rows = [_scores(values) for values in draw_board(g, levels, setting)]
        drawn = bootstrap_values(rows, DRAWS, seed)
        found = ranks(np.array([row.values.mean() for row in rows]), drawn, True)
        low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
        hits["band"].append((low <= levels) & (levels <= high))
        # Rows of equal worth may have the better place or the worse one.
        ends = [rankdata(-levels, method=method) for method in ("min", "max")]
        places = zip(found, *ends, strict=True)
        hits["coverage"].append([r.low <= worst and best <= r.high for r, best, worst in places])
        hits["told_apart"].append([not set(found[0].group) & set(found[1].group)])
    return Ranked(setting, apart, **{k: share([np.array(v)]) for k, v in hits.items()})


def _scores(values: np.ndarray) -> RowScores:
    statistics = np.stack([values, np.ones_like(values)], axis=-1)
    units = np.arange(len(values))
    return RowScores(statistics, units, lambda sums: sums[..., 0] / sums[..., 1], is_mean=True)


def _chunks(count: int, seed: int) -> Iterator[tuple[np.random.Generator, int]]:
    """Yield a generator and how many tables to draw from it, until there are enough."""
    g = np.random.default_rng([seed, 1])
    for start in range(0, count, CHUNK):
        yield g, min(CHUNK, count - start)
