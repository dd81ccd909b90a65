"""What rows cost, and which of them nothing beats in both compute and metric."""

from __future__ import annotations

from igds_bench.report.board.rows import Board, Row
from igds_bench.report.statistics.efficiency import pareto


def cost_rows(part: Board) -> tuple[list[Row], list[Row]]:
    """Return a board's rows that cost compute, and those on the Pareto front, cheapest first.

    ``oracle``, which reads what no selector may, and the untuned model are left out. Controls are
    no way to choose data, so that they can't be on the front; a random draw with another's compute
    is one with a larger budget, and can.
    """
    rows = [
        row
        for row in part.rows
        if (row.kind == "contender" or row is part.full)
        and part.primary in row.metrics
        and row.compute > 0
    ]
    ways = [row for row in rows if not row.control or (row.matched or ("", ""))[1] == "compute"]
    means = [row.metrics[part.primary].mean for row in ways]
    front = pareto([row.compute for row in ways], means, part.higher_is_better)
    return rows, [ways[i] for i in front]
