"""Budget curves: what a selector gives at each budget, and the least that matches all data."""

from __future__ import annotations

from dataclasses import dataclass

from igds_bench.report.board.judging import Judged
from igds_bench.report.board.rows import Row
from igds_bench.report.statistics.efficiency import Efficiency, efficiency


@dataclass(frozen=True)
class Curve:
    """A selector over the budgets of one model and task, by the primary metric."""

    model: str
    task: str
    selector: str
    budgets: tuple[str, ...]
    shares: tuple[float, ...]
    """Of the pool."""
    values: tuple[float, ...]
    lows: tuple[float, ...]
    """Lower ends of the 95% bootstrap band, over seeds and test examples; likewise ``highs``."""
    highs: tuple[float, ...]
    efficiency: Efficiency


def board_curves(judged: Judged) -> list[Curve]:
    """Return the curve of every selector, controls left out, that ran at several budgets."""
    board = judged.board
    full = board.full
    selectors = dict.fromkeys(
        row.selector for row in board.rows if row.kind == "contender" and not row.control
    )
    found = []
    for selector in selectors:
        rows = [
            row
            for budget in board.budgets
            if (row := board.row(selector, budget)) is not None and row.place in judged.boot
        ]
        if len(rows) > 1:
            found.append(_curve(judged, selector, rows, full))
    return found


def _curve(judged: Judged, selector: str, rows: list[Row], full: Row | None) -> Curve:
    import numpy as np

    board = judged.board
    shares = np.array([row.share for row in rows])
    values = np.array([row.metrics[board.primary].mean for row in rows])
    boot = np.column_stack([judged.boot[row.place] for row in rows])
    lows, highs = np.percentile(boot, [2.5, 97.5], axis=0)
    known = full is not None and full.place in judged.boot
    return Curve(
        model=board.model,
        task=board.task,
        selector=selector,
        budgets=tuple(row.budget or "" for row in rows),
        shares=tuple(shares.tolist()),
        values=tuple(values.tolist()),
        lows=tuple(lows.tolist()),
        highs=tuple(highs.tolist()),
        efficiency=efficiency(
            shares,
            values,
            boot,
            full.metrics[board.primary].mean if full is not None and known else None,
            judged.boot[full.place] if full is not None and known else None,
            board.higher_is_better,
        ),
    )
