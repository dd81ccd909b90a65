"""Draw tables of scores whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from igds_bench.metrics import NGRAMS
from igds_bench.report.statistics.variance import Parts, Side

SELECTORS = 8
BUDGETS = 2
TRAININGS = 2
"""Trainings of each draw of random."""
EASIEST, HARDEST = 0.7, 0.3
"""Chance that an example is answered right, uniform between the two."""
INTERACTION = 0.08
"""Standard deviation of what an example is worth to one row alone."""


@dataclass(frozen=True)
class Setting:
    """What varies between studies."""

    seeds: int
    """Training seeds of a selector, and draws of random."""
    spread: float
    """Standard deviation over random's seeds in points: half its variance is the draw's."""
    ratio: float = 1.0
    """Spread of the selectors' seeds over random's."""
    examples: int = 200
    skewed: bool = False
    """Whether seeds are exponential instead of normal: now and then a training goes badly."""


@dataclass(frozen=True)
class Tables:
    """Percentages of right answers by unit and test example."""

    rows: np.ndarray
    """(tables, budgets, selectors, seeds, examples)."""
    random: np.ndarray
    """(tables, budgets, 1, draws, examples)."""


def draw_tables(g: np.random.Generator, count: int, setting: Setting) -> Tables:
    """Return tables of exact match without any true difference."""
    n, m, spread = setting.seeds, setting.examples, setting.spread / 100
    base = g.uniform(HARDEST, EASIEST, (count, 1, 1, 1, m))

    def interaction(rows: int) -> np.ndarray:
        return g.normal(0, INTERACTION, (count, BUDGETS, rows, 1, m))

    def seeds(*shape: int) -> np.ndarray:
        return 1 - g.exponential(size=shape) if setting.skewed else g.normal(size=shape)

    def answers(chance: np.ndarray) -> np.ndarray:
        return 100.0 * (g.random(chance.shape, dtype=np.float32) < chance)

    own = seeds(count, BUDGETS, SELECTORS, n, 1) * spread * setting.ratio
    rows = answers(base + interaction(SELECTORS) + own)
    drawn = seeds(count, BUDGETS, 1, n, 1) * spread / np.sqrt(2)
    shared = base + interaction(1) + drawn
    trained = [
        answers(shared + seeds(count, BUDGETS, 1, n, 1) * spread / np.sqrt(2))
        for _ in range(TRAININGS)
    ]
    return Tables(rows, np.mean(trained, axis=0))


def expected_parts(setting: Setting) -> Parts:
    """Return the components of variance that tables of a setting have on average."""
    n, m, spread = setting.seeds, setting.examples, setting.spread / 100
    of_rows = (spread * setting.ratio) ** 2
    shared = (EASIEST - HARDEST) ** 2 / 12 + INTERACTION**2
    noise = [0.25 - shared - of_rows, (0.25 - shared - spread**2) / TRAININGS]
    # What is left of training within a draw's mean is its seeds' part, too.
    seeds = [of_rows, spread**2 / 2 + spread**2 / 2 / TRAININGS]
    sides = [
        Side(np.float64(1e4 * (s / n + e / n / m)), np.float64(1e4 * e / n / m), n)
        for s, e in zip(seeds, noise, strict=True)
    ]
    residual = sides[0].residual + sides[1].residual
    by_examples = np.float64(1e4 * 2 * INTERACTION**2 / m) + residual
    return Parts(sides[0], sides[1], by_examples, m)


def draw_counts(
    g: np.random.Generator, count: int, seeds: int, examples: int = 100, spread: float = 0.03
) -> np.ndarray:
    """Return BLEU's counts of five rows of equal worth: (tables, rows, seeds, examples, counts).

    ``spread`` is the standard deviation over seeds of a word's chance to be right; BLEU varies by
    about a hundred times as many points.
    """
    words = np.clip(g.poisson(12, (count, 1, 1, examples)), 5, None)
    chance = 0.7 + g.normal(0, 0.1, (count, 1, 1, examples))
    chance = chance + g.normal(0, 0.05, (count, 5, 1, examples))
    chance = np.clip(chance + g.normal(0, spread, (count, 5, seeds, 1)), 0.05, 0.95)
    total = [np.broadcast_to(words - k, chance.shape) for k in range(NGRAMS)]
    right = [g.binomial(total[0], chance)]
    for k in range(1, NGRAMS):
        # An n-gram is right where its first n - 1 words are and the last one is.
        right.append(g.binomial(np.minimum(right[-1], total[k]), chance**0.5))
    lengths = np.broadcast_to(words, chance.shape)
    return np.stack([lengths, lengths, *right, *total], axis=-1).astype(np.float64)


def draw_levels(g: np.random.Generator, rows: int, apart: float) -> np.ndarray:
    """Return the true means of rows, in points: the first two equal, the others ``apart``."""
    levels = 50 + g.normal(0, apart, rows)
    levels[1] = levels[0]
    return levels


def draw_board(g: np.random.Generator, levels: np.ndarray, setting: Setting) -> np.ndarray:
    """Return one table of rows with these means: (rows, seeds, examples)."""
    n, m, rows = setting.seeds, setting.examples, len(levels)
    chance = g.uniform(HARDEST, EASIEST, m) + g.normal(0, INTERACTION, (rows, 1, m))
    chance = chance + (levels[:, None, None] - 50) / 100
    chance = chance + g.normal(0, setting.spread / 100, (rows, n, 1))
    return 100.0 * (g.random(chance.shape) < chance)
