"""Ranks with intervals, tie groups, and standings over models, tasks and budgets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from igds_bench.report.statistics.paired import resample_weights, unit_means
from igds_bench.report.statistics.variance import side_of_draws
from igds_bench.report.statistics.verdict import RowScores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CHUNK = 250
"""Bootstrap draws that are held at a time."""
BATCH = 20
"""Rows whose cells are drawn at a time."""
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Rank:
    """Where a row stands among the selectors at one budget."""

    place: int
    """By the mean, 1 for the best; equal means share the better place."""
    low: int
    """Best place within the 95% bootstrap interval; ``high`` is the worst."""
    high: int
    group: str
    """Letters: rows that share one can't be told apart."""


@dataclass(frozen=True)
class Place:
    """The selectors at one model, task and budget, by the primary metric."""

    model: str
    task: str
    budget: str
    values: Mapping[str, float]
    higher_is_better: bool
    baseline: str = ""
    """Selector that wins are counted against; none where it is empty."""


@dataclass(frozen=True)
class Standing:
    """A selector over all places where it ran."""

    selector: str
    mean_rank: float
    """Mean of (rank - 1) / (selectors - 1): 0 is first everywhere, 1 is last everywhere."""
    win_rate: float | None
    """Share of places above the baseline, ties half; None for that and where it never ran."""
    places: int
    rank_low: float
    """Least and largest mean rank when one task is left out; those of a single task are its own."""
    rank_high: float
    win_low: float | None
    win_high: float | None


def bootstrap_values(rows: Sequence[RowScores], draws: int = 1000, seed: int = 0) -> Floats:
    """Return (draws, rows): each row's metric, had there been other test examples and other seeds.

    Test examples are drawn again, the same for all rows of a draw. Units are not: drawn again with
    replacement, three to five seeds give intervals that are too narrow. Their mean gets an error of
    its standard error times Student's t instead, which is what is known of a mean from a few normal
    values. A row of one unit has the error of its test examples alone.

    Args:
        rows: of one board, so with the same examples, columns and ``combine``.
        draws: number of bootstrap draws.
        seed: of the draws.
    """
    import numpy as np

    generator = np.random.default_rng([seed, 1])
    examples = rows[0].statistics.shape[1]
    weights = resample_weights(examples, draws, seed)
    found = np.empty((draws, len(rows)))
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        ends = np.cumsum([len(row.units) for row in batch])
        parts = np.split(_cell_draws(batch, weights), ends[:-1], axis=1)
        for column, (row, cells) in enumerate(zip(batch, parts, strict=True), start):
            drawn = unit_means(np.ascontiguousarray(cells.T), row.units)
            found[:, column] = drawn.mean(axis=0)
            if len(drawn) > 1:
                side = side_of_draws(unit_means(row.values, row.units), drawn, examples)
                error = float(side.units) ** 0.5
                found[:, column] += error * generator.standard_t(len(drawn) - 1, draws)
    return found


def _cell_draws(rows: Sequence[RowScores], weights: Floats) -> Floats:
    """Return (draws, cells): the metric of all rows' cells under every draw of examples.

    One product of matrices for many rows is several times faster than one for each.
    """
    import numpy as np

    statistics = np.concatenate([row.statistics for row in rows])
    if all(row.is_mean for row in rows):
        drawn: Floats = weights @ rows[0].combine(statistics).T / weights.shape[1]
        return drawn
    cells, examples, columns = statistics.shape
    flat = statistics.transpose(1, 0, 2).reshape(examples, cells * columns)
    parts = [weights[i : i + CHUNK] @ flat for i in range(0, len(weights), CHUNK)]
    return np.concatenate([rows[0].combine(p.reshape(len(p), cells, columns)) for p in parts])


def ranks(values: Floats, boot: Floats, higher_is_better: bool) -> list[Rank]:
    """Return the rank of every row with its 95% interval and its tie groups.

    Args:
        values: (rows,), the metric.
        boot: (draws, rows), the metric in bootstrap draws.
        higher_is_better: direction of the metric.

    Two rows are told apart where the 95% bootstrap interval of their difference excludes 0, not
    corrected for the number of pairs; groups are runs of rows, best first, whose ends can't be told
    apart.
    """
    import numpy as np
    from scipy.stats import rankdata

    sign = -1.0 if higher_is_better else 1.0
    places = rankdata(sign * values, method="min").astype(int)
    # rows that tie in a draw may stand at any of the places that they share
    best, worst = (rankdata(sign * boot, method=m, axis=1) for m in ("min", "max"))
    low = np.percentile(best, 2.5, axis=0)
    high = np.percentile(worst, 97.5, axis=0)
    groups = _groups(sign * values, sign * boot)
    return [
        Rank(int(place), int(np.floor(a)), int(np.ceil(b)), group)
        for place, a, b, group in zip(places, low, high, groups, strict=True)
    ]


def _groups(values: Floats, boot: Floats) -> list[str]:
    """Return the letters of every row: one per run of rows that can't be told apart."""
    import numpy as np

    order = np.argsort(values, kind="stable")
    ordered = boot[:, order]
    reach = []
    for i in range(len(order)):
        low, high = np.percentile(ordered[:, i:] - ordered[:, [i]], [2.5, 97.5], axis=0)
        reach.append(i + int(np.flatnonzero((low <= 0) & (high >= 0))[-1]))
    letters = [""] * len(values)
    covered, count = -1, 0
    for i, last in enumerate(reach):
        if last <= covered:
            continue
        for j in range(i, last + 1):
            letters[order[j]] += LETTERS[count % len(LETTERS)]
        covered, count = last, count + 1
    return letters


def standings(places: Sequence[Place]) -> list[Standing]:
    """Return every selector's mean rank and win rate, best mean rank first.

    A selector counts at the places where it ran, and ranks are scaled to 0..1 there, since places
    have different numbers of selectors. Leaving one task out at a time shows whether a single task
    carries a selector.
    """
    scaled: dict[str, list[tuple[str, float]]] = defaultdict(list)
    wins: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for place in places:
        for selector, rank in _scaled_ranks(place).items():
            scaled[selector].append((place.task, rank))
        baseline = place.values.get(place.baseline)
        for selector, value in place.values.items():
            if baseline is not None and selector != place.baseline:
                above = (value > baseline) == place.higher_is_better
                wins[selector].append((place.task, 0.5 if value == baseline else float(above)))
    found = [_standing(name, own, wins.get(name, [])) for name, own in scaled.items()]
    return sorted(found, key=lambda standing: (standing.mean_rank, standing.selector))


def _scaled_ranks(place: Place) -> dict[str, float]:
    from scipy.stats import rankdata

    sign = -1.0 if place.higher_is_better else 1.0
    ordered = rankdata([sign * value for value in place.values.values()])
    last = max(len(place.values) - 1, 1)
    return {name: (rank - 1) / last for name, rank in zip(place.values, ordered, strict=True)}


def _standing(
    selector: str, scaled: Sequence[tuple[str, float]], wins: Sequence[tuple[str, float]]
) -> Standing:
    ranked, won = _without_one(scaled), _without_one(wins)
    return Standing(
        selector=selector,
        mean_rank=fmean(value for _, value in scaled),
        win_rate=fmean(value for _, value in wins) if wins else None,
        places=len(scaled),
        rank_low=min(ranked),
        rank_high=max(ranked),
        win_low=min(won) if won else None,
        win_high=max(won) if won else None,
    )


def _without_one(values: Sequence[tuple[str, float]]) -> list[float]:
    """Return the mean without each task in turn; with one task, the mean itself."""
    tasks = {task for task, _ in values}
    if len(tasks) < 2:
        return [fmean(value for _, value in values)] if values else []
    return [fmean(v for task, v in values if task != left_out) for left_out in sorted(tasks)]
