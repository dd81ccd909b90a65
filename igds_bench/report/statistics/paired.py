"""Paired comparison of two rows over seeds and test examples: intervals, tests, verdict words.

Scores vary for two reasons: the seeds (which examples were drawn, how training went) and the test
examples. An interval from seeds alone claims nothing about other test examples, one from examples
alone nothing about other seeds; here both count. ``docs/statistics.md`` has the simulations that
these methods were chosen by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from igds_bench.report.statistics.power import detectable
from igds_bench.report.statistics.variance import Parts, parts_of_draws, parts_of_means
from igds_bench.report.statistics.verdict import RowScores, Verdict, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_UNITS = 3
"""Independent units on each side below which there is no interval."""
LEVEL = 0.05
CORPUS_DRAWS = 300
"""Bootstrap draws of test examples behind a corpus metric's error."""


@dataclass(frozen=True)
class Outcomes:
    """Intervals and p values of differences; every field is an array of one shape."""

    low: Floats
    """Lower end of the 95% interval."""
    high: Floats
    p: Floats
    """Two-sided, of no difference."""
    p_tied: Floats
    """Of a difference beyond the margin."""


def judge(row: RowScores, random: RowScores, margin: float, seed: int = 0) -> Verdict:
    """Return the difference of a row to random, its 95% interval and p values; no word yet.

    Args:
        row: cells of the row; examples in the same order as random's.
        random: all cells of all random draws at the same budget.
        margin: points within which the difference counts as tied.
        seed: of the bootstrap over examples, for corpus metrics.

    Below three units on a side, and where nothing varies at all, there is the difference alone.
    """
    own, others = (unit_means(scores.values, scores.units) for scores in (row, random))
    difference = float(own.mean() - others.mean())
    units, examples = (len(own), len(others)), row.statistics.shape[1]
    found = Verdict(difference, margin=margin, units=units, examples=examples)
    if min(units) < MIN_UNITS:
        return found
    if row.is_mean:
        parts = parts_of_means(_by_example(row), _by_example(random))
    else:
        weights = resample_weights(examples, CORPUS_DRAWS, seed)
        drawn = tuple(unit_means(corpus_draws(s, weights), s.units) for s in (row, random))
        parts = parts_of_draws((own, others), (drawn[0], drawn[1]), examples)
    return _with_tests(found, parts) if parts.variance > 0 else found


def t_tests(difference: Floats, parts: Parts, margin: float) -> Outcomes:
    """Return intervals and p values of differences by Satterthwaite's approximate t tests.

    Args:
        difference: row minus random, of the shape of the parts.
        parts: its components of variance.
        margin: of the two one-sided tests (Schuirmann, 1987).
    """
    import numpy as np
    from scipy import special

    error, df = np.sqrt(parts.variance), parts.df
    reach = special.stdtrit(df, 1 - LEVEL / 2) * error
    # Of both one-sided tests the one at the nearer end of the margin has the larger p.
    beyond = special.stdtr(df, (np.abs(difference) - margin) / error)
    return Outcomes(
        low=difference - reach,
        high=difference + reach,
        p=2 * special.stdtr(df, -np.abs(difference) / error),
        p_tied=beyond,
    )


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
        found[i] = replace(verdicts[i], p_holm=float(p_holm), family=len(known), word=word)
    return found


@lru_cache(maxsize=4)
def resample_weights(examples: int, draws: int, seed: int) -> Floats:
    """Return how often each bootstrap draw takes each example: (draws, examples), sums n.

    The array is shared between callers and can't be written to.
    """
    import numpy as np

    shares = np.full(examples, 1 / examples)
    found = np.random.default_rng(seed).multinomial(examples, shares, draws).astype(np.float64)
    found.flags.writeable = False
    return found


def unit_means(values: Floats, units: NDArray[np.int64]) -> Floats:
    """Average the first axis, cells, within units: (cells, ...) -> (units, ...)."""
    import numpy as np

    count = int(units.max()) + 1
    sums = np.zeros((count, *values.shape[1:]))
    np.add.at(sums, units, values)
    sizes = np.bincount(units, minlength=count).astype(np.float64)
    return sums / sizes.reshape(-1, *[1] * (values.ndim - 1))


def corpus_draws(scores: RowScores, weights: Floats) -> Floats:
    """Return the metric of every cell under every draw of examples: (cells, draws)."""
    import numpy as np

    cells, examples, columns = scores.statistics.shape
    flat = scores.statistics.transpose(1, 0, 2).reshape(examples, cells * columns)
    sums = (weights @ flat).reshape(len(weights), cells, columns)
    return np.ascontiguousarray(scores.combine(sums).T)


def _by_example(scores: RowScores) -> Floats:
    """Return (units, examples) of a metric that is a mean over examples."""
    return unit_means(scores.combine(scores.statistics), scores.units)


def _word(verdict: Verdict, p_holm: float, higher_is_better: bool) -> Word:
    if p_holm <= LEVEL:
        return "better" if (verdict.difference > 0) == higher_is_better else "worse"
    return "tied" if verdict.p_tied is not None and verdict.p_tied <= LEVEL else "undecided"


def _with_tests(verdict: Verdict, parts: Parts) -> Verdict:
    """Return a verdict with interval, p values and the detectable effect."""
    import numpy as np

    tests = t_tests(np.asarray(verdict.difference), parts, verdict.margin)
    return replace(
        verdict,
        low=float(tests.low),
        high=float(tests.high),
        p=float(tests.p),
        p_tied=float(tests.p_tied),
        parts=parts,
        detectable=detectable(parts),
    )
