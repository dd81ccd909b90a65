"""Paired comparison of two rows over seeds and test examples: intervals, tests, verdict words.

Scores vary for two reasons: the seeds (which examples were drawn, how training went) and the test
examples. Both are random effects, crossed: every seed is tested on every example. An interval from
seeds alone claims nothing about other test examples, one from examples alone nothing about other
seeds; here both count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from igds_bench.report.scores import RowScores, Verdict, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_UNITS = 3
"""Independent units on each side below which there is no interval."""
LEVEL = 0.05
POWER = 0.8
CORPUS_DRAWS = 300
"""Bootstrap draws of test examples behind a corpus metric's error."""


@dataclass(frozen=True)
class Spread:
    """Where the variance of a difference comes from."""

    variance: float
    df: float
    seeds: float
    """Variance by seeds, both sides."""
    examples: float
    """Variance by test examples."""


def judge(row: RowScores, random: RowScores, margin: float, seed: int = 0) -> Verdict:
    """Return the difference of a row to random, its 95% interval and p values; no word yet.

    Args:
        row: cells of the row; examples in the same order as random's.
        random: all cells of all random draws at the same budget.
        margin: points within which the difference counts as tied; two one-sided t tests
            (Schuirmann, 1987) at its two ends.
        seed: of the bootstrap over examples, for corpus metrics.

    Source: crossed random effects, degrees of freedom of Satterthwaite (1946).
    """
    own, others = _unit_values(row), _unit_values(random)
    difference = float(own.mean() - others.mean())
    units, examples = (len(own), len(others)), row.statistics.shape[1]
    nothing = Verdict(
        difference, None, None, None, None, None, None, margin, None, None, None, units, examples,
        None,
    )  # fmt: skip
    if min(units) < MIN_UNITS:
        return nothing
    found = _spread_of_mean(row, random) if row.is_mean else _spread_of_corpus(row, random, seed)
    if found.variance <= 0:
        return nothing
    return _with_tests(nothing, found)


def conclude(verdicts: Sequence[Verdict], higher_is_better: bool) -> list[Verdict]:
    """Return verdicts with Holm's correction over all of them as one family, and their words.

    ``better`` and ``worse`` need an adjusted p of at most 5%. A difference can be that certain and
    still lie within the margin: certainty goes first, and the interval says how small it is.
    """
    from statsmodels.stats.multitest import multipletests

    known = [i for i, verdict in enumerate(verdicts) if verdict.p is not None]
    found = list(verdicts)
    if not known:
        return found
    adjusted = multipletests([verdicts[i].p for i in known], alpha=LEVEL, method="holm")[1]
    for i, p_holm in zip(known, adjusted, strict=True):
        word = _word(verdicts[i], float(p_holm), higher_is_better)
        found[i] = replace(verdicts[i], p_holm=float(p_holm), word=word)
    return found


def resample_weights(examples: int, draws: int, seed: int) -> Floats:
    """Return how often each bootstrap draw takes each example: (draws, examples), sums n."""
    import numpy as np

    shares = np.full(examples, 1 / examples)
    return np.random.default_rng(seed).multinomial(examples, shares, draws).astype(np.float64)


def unit_means(values: Floats, units: NDArray[np.int64]) -> Floats:
    """Average the first axis, cells, within units: (cells, ...) -> (units, ...)."""
    import numpy as np

    count = int(units.max()) + 1
    sums = np.zeros((count, *values.shape[1:]))
    np.add.at(sums, units, values)
    sizes = np.bincount(units, minlength=count).astype(np.float64)
    return sums / sizes.reshape(-1, *[1] * (values.ndim - 1))


def _unit_values(scores: RowScores) -> Floats:
    return unit_means(scores.values, scores.units)


def _word(verdict: Verdict, p_holm: float, higher_is_better: bool) -> Word:
    if p_holm <= LEVEL:
        return "better" if (verdict.difference > 0) == higher_is_better else "worse"
    return "tied" if verdict.p_tied is not None and verdict.p_tied <= LEVEL else "undecided"


def _spread_of_mean(row: RowScores, random: RowScores) -> Spread:
    """Return the variance components of a metric that is a mean over examples.

    Unit means and per-example differences both contain the residual of unit x example, so it is
    subtracted once: ``Var = V_row + V_random + V_examples - V_residual``, never below either part.
    """
    import numpy as np

    variances, sizes, residual, means = [], [], 0.0, []
    for scores in (row, random):
        values = unit_means(scores.combine(scores.statistics), scores.units)
        n, m = values.shape
        by_unit, by_example = values.mean(axis=1), values.mean(axis=0)
        rest = values - by_unit[:, None] - by_example[None] + values.mean()
        variances.append(float(by_unit.var(ddof=1)) / n)
        residual += float((rest**2).sum()) / ((n - 1) * max(m - 1, 1)) / (n * m)
        sizes.append(n)
        means.append(by_example)
    m = len(means[0])
    by_examples = float(np.var(means[0] - means[1], ddof=1)) / m if m > 1 else 0.0
    return _spread(variances, sizes, by_examples, m, residual if m > 1 else 0.0)


def _spread_of_corpus(row: RowScores, random: RowScores, seed: int) -> Spread:
    """Return the variance components of a corpus metric, recomputed in every bootstrap draw.

    The residual of unit x example is in both parts and is not taken out: the interval is a little
    too wide rather than too narrow.
    """
    variances, sizes, drawn = [], [], []
    examples = row.statistics.shape[1]
    weights = resample_weights(examples, CORPUS_DRAWS, seed)
    for scores in (row, random):
        values = _unit_values(scores)
        variances.append(float(values.var(ddof=1)) / len(values))
        sizes.append(len(values))
        drawn.append(unit_means(corpus_draws(scores, weights), scores.units).mean(axis=0))
    by_examples = float((drawn[0] - drawn[1]).var(ddof=1))
    return _spread(variances, sizes, by_examples, examples, 0.0)


def corpus_draws(scores: RowScores, weights: Floats) -> Floats:
    """Return the metric of every cell under every draw of examples: (cells, draws)."""
    import numpy as np

    cells, examples, columns = scores.statistics.shape
    flat = scores.statistics.transpose(1, 0, 2).reshape(examples, cells * columns)
    sums = (weights @ flat).reshape(len(weights), cells, columns)
    return np.ascontiguousarray(scores.combine(sums).T)


def _spread(
    variances: Sequence[float], sizes: Sequence[int], by_examples: float, m: int, residual: float
) -> Spread:
    seeds = sum(variances)
    variance = max(seeds + by_examples - residual, seeds, by_examples)
    parts = [v**2 / (n - 1) for v, n in zip(variances, sizes, strict=True)]
    parts += [by_examples**2 / (m - 1)] if m > 1 else []
    df = variance**2 / sum(parts) if sum(parts) > 0 else float("inf")
    return Spread(variance, df, seeds, by_examples)


def _with_tests(verdict: Verdict, found: Spread) -> Verdict:
    """Return a verdict with interval, p values and the detectable effect."""
    from scipy import stats

    error = found.variance**0.5
    t = stats.t(found.df)
    reach = float(t.ppf(1 - LEVEL / 2)) * error
    above = float(t.sf((verdict.difference + verdict.margin) / error))
    below = float(t.cdf((verdict.difference - verdict.margin) / error))
    return replace(
        verdict,
        low=verdict.difference - reach,
        high=verdict.difference + reach,
        p=2 * float(t.sf(abs(verdict.difference) / error)),
        p_tied=max(above, below),
        df=found.df,
        se_seeds=found.seeds**0.5,
        se_examples=found.examples**0.5,
        detectable=detectable(error, found.df),
    )


def detectable(error: float, df: float, power: float = POWER, level: float = LEVEL) -> float:
    """Return the difference that a two-sided t test finds with the given power.

    Args:
        error: standard error of the difference, in points.
        df: degrees of freedom.
        power: wanted probability.
        level: of the test.
    """
    from scipy import optimize, stats

    limit = stats.t.ppf(1 - level / 2, df)

    def short(effect: float) -> float:
        # A significant difference of the wrong sign is no discovery.
        return float(stats.nct.sf(limit, df, effect)) - power

    return error * float(optimize.brentq(short, 0.0, 3 * limit + 5))
