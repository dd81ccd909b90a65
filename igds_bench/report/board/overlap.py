"""How much selections have in common: chosen sets between selectors, seeds and budgets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from igds_bench.core.record import RunRecord
from igds_bench.report.board.rows import Board, Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ids = tuple[str, ...]


class Manifests:
    """The chosen ids behind records, read when asked for.

    Args:
        folders: run or leaderboard folders, with ``manifests/<fingerprint>.json``.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._read: dict[str, Ids | None] = {}

    def ids(self, record: RunRecord) -> Ids | None:
        """Return the ids a record chose, in order; None where there is no readable manifest."""
        if record.selection is None:
            return None
        name = record.selection.fingerprint
        if name not in self._read:
            paths = (folder / "manifests" / f"{name}.json" for folder in self._folders)
            self._read[name] = next((ids for ids in map(_ids, paths) if ids), None)
        return self._read[name]


def _ids(path: Path) -> Ids | None:
    try:
        return tuple(json.loads(path.read_text(encoding="utf-8"))["ids"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Overlaps:
    """What the selections of one model and task have in common at one budget."""

    names: tuple[str, ...]
    """Selectors with a manifest, the alike beside each other."""
    jaccard: NDArray[np.float64]
    """(selectors, selectors), of the chosen sets at the first selection seed."""
    ranks: NDArray[np.float64]
    """(selectors, selectors), Spearman's of the order of choice, the unchosen tied last."""
    share: float
    """q = n / N: chosen share of the pool, mean over selectors."""
    seeds: Mapping[str, float]
    """Mean Jaccard between the selection seeds of a selector that has several."""
    budgets: Mapping[str, float]
    """Mean share of a smaller selection that a selector's larger ones contain."""

    @property
    def chance(self) -> float:
        """Jaccard expected of two independent random draws, which share q of their rows."""
        return self.share / (2 - self.share)

    def nearest(self, name: str) -> str | None:
        """Return the selector whose chosen set is the most alike."""
        place = self.names.index(name)
        others = [at for at in range(len(self.names)) if at != place]
        best = max(others, key=lambda at: float(self.jaccard[place, at]), default=None)
        return None if best is None else self.names[best]

    def of(self, left: str, right: str) -> tuple[float, float]:
        """Return Jaccard and rank correlation of two selectors."""
        at = self.names.index(left), self.names.index(right)
        return float(self.jaccard[at]), float(self.ranks[at])


def shown_budget(board: Board) -> str | None:
    """Return the budget that most selectors have; of several, the largest."""
    counts = {b: sum(row.budget == b for row in board.rows) for b in board.budgets}
    # Budgets are sorted by share, so that of equal counts the last is the largest.
    return max(reversed(board.budgets), key=lambda b: counts[b], default=None)


def overlaps(board: Board, budget: str, manifests: Manifests) -> Overlaps | None:
    """Return what selections have in common; None where fewer than two have a manifest."""
    import numpy as np

    rows = {row.selector: row for row in board.rows if row.budget == budget}
    chosen = {name: _by_seed(row, manifests) for name, row in rows.items()}
    firsts = {name: ids[min(ids)] for name, ids in chosen.items() if ids}
    if len(firsts) < 2:
        return None
    names = list(firsts)
    sets = [set(firsts[name]) for name in names]
    values = np.array([[_jaccard(left, right) for right in sets] for left in sets])
    size = max(_pool_size(rows[name]) for name in names)
    ranks = rank_correlations([firsts[name] for name in names], size)
    order = _alike_together(values)
    return Overlaps(
        names=tuple(names[at] for at in order),
        jaccard=values[np.ix_(order, order)],
        ranks=ranks[np.ix_(order, order)],
        share=fmean(len(ids) / _pool_size(rows[name]) for name, ids in firsts.items()),
        seeds=_between_seeds(chosen),
        budgets=_between_budgets(board, names, manifests),
    )


def rank_correlations(orders: Sequence[Ids], size: int) -> NDArray[np.float64]:
    """Return Spearman's correlation of the places of a pool's rows in each pair of orders.

    Args:
        orders: ids as they were chosen; all others of the pool share the mean of the last places.
        size: examples in the pool.

    Returns:
        (orders, orders), NaN where an order is empty.
    """
    import numpy as np

    union = {id_: at for at, id_ in enumerate(dict.fromkeys(i for ids in orders for i in ids))}
    size = max(size, len(union))
    tails = np.array([(len(ids) + 1 + size) / 2 for ids in orders])
    places = np.repeat(tails[:, None], len(union), axis=1)
    for at, ids in enumerate(orders):
        places[at, [union[id_] for id_ in ids]] = np.arange(1, len(ids) + 1)
    centred, tails = places - (size + 1) / 2, tails - (size + 1) / 2
    # Rows that nobody chose are alike, so one term stands for all of them.
    products = centred @ centred.T + (size - len(union)) * np.outer(tails, tails)
    scale = np.sqrt(np.diag(products))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: NDArray[np.float64] = products / np.outer(scale, scale)
    return found


def _by_seed(row: Row, manifests: Manifests) -> dict[int, Ids]:
    """Return the chosen ids by selection seed, -1 for selections that have none."""
    found = {}
    for record in row.records:
        ids, seed = manifests.ids(record), record.cell.selection_seed
        if ids:
            found[-1 if seed is None else seed] = ids
    return found


def _pool_size(row: Row) -> int:
    return max(r.selection.pool_size for r in row.records if r.selection)


def _jaccard(left: set[str], right: set[str]) -> float:
    return len(left & right) / len(left | right)


def _between_seeds(chosen: Mapping[str, Mapping[int, Ids]]) -> dict[str, float]:
    found = {}
    for name, by_seed in chosen.items():
        sets = [set(ids) for ids in by_seed.values()]
        if len(sets) > 1:
            found[name] = fmean(_jaccard(a, b) for a, b in combinations(sets, 2))
    return found


def _between_budgets(board: Board, names: Sequence[str], manifests: Manifests) -> dict[str, float]:
    """Return how much of smaller selections larger ones contain, over pairs and seeds."""
    found = {}
    for name in names:
        by_budget = [_by_seed(r, manifests) for r in board.rows if r.budget and r.selector == name]
        shares = []
        for left, right in combinations(by_budget, 2):
            for seed in left.keys() & right.keys():
                small, large = sorted((set(left[seed]), set(right[seed])), key=len)
                shares.append(len(small & large) / len(small))
        if shares:
            found[name] = fmean(shares)
    return found


def _alike_together(values: NDArray[np.float64]) -> list[int]:
    """Return an order that puts alike sets beside each other: leaves of an average linkage."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    distances = squareform(1 - values, checks=False)
    tree = linkage(distances, method="average", optimal_ordering=True)
    return [int(at) for at in leaves_list(tree)]
