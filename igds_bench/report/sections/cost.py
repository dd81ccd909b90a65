"""What follows from a board's verdicts: data efficiency and cost."""

from __future__ import annotations

from igds_bench.report.board.cost import cost_rows
from igds_bench.report.board.curves import Curve
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.sections.section import Section, Table
from igds_bench.report.sections.selections import flops_text
from igds_bench.report.sections.words import score_text


def efficiency_section(board: Leaderboard) -> Section:
    """Return the area under every budget curve, and the budget that matches all data."""
    if not board.curves:
        return Section("Data efficiency")
    lines = [
        "“Area” is the mean height of the budget curve between its smallest and largest budget, "
        "in points, by trapezoids over the share of the pool: compare those of equal budgets. “To "
        "match all data” is the least share of the pool at which the curve, interpolated between "
        "its budgets, reaches the model trained on the whole pool; “not reached” says that it does "
        "not up to its largest budget, and “reached” in how many bootstrap draws it does. "
        "Intervals are 95% bootstrap ones over seeds and test examples.",
    ]
    rows = [_curve_row(curve) for curve in board.curves]
    header = ["Task, model", "Selector", "Budgets", "Area", "To match all data", "Reached"]
    return Section("Data efficiency", lines, [Table(header, rows, text_columns=3)])


def _curve_row(curve: Curve) -> list[str]:
    found = curve.efficiency
    reached = found.matched_draws
    return [
        f"{curve.task}, {curve.model}",
        curve.selector,
        ", ".join(curve.budgets),
        f"{found.area:.2f} [{found.area_low:.2f}, {found.area_high:.2f}]",
        "" if reached is None else _match_text(curve),
        "" if reached is None else f"{reached:.0%}",
    ]


def _match_text(curve: Curve) -> str:
    """Return ``31% [≤ 10%, not reached]``; below the smallest budget nothing is known."""
    found = curve.efficiency

    def shown(share: float | None) -> str:
        if share is None:
            return "not reached"
        return f"≤ {share:.0%}" if share <= curve.shares[0] else f"{share:.0%}"

    point, low, high = map(shown, (found.match, found.match_low, found.match_high))
    return point if low == "not reached" else f"{point} [{low}, {high}]"


def cost_section(board: Leaderboard) -> Section:
    """Return what is best for its compute: the Pareto front, and draws with equal compute."""
    tables = [table for part in board.boards if (table := _cost_table(part)).rows]
    if not tables:
        return Section("Cost")
    lines = [
        "Total compute is that of selecting, as if a selector had run alone, and of training, in "
        "counted FLOPs; evaluation is the same for all. “Front” marks rows that no other beats in "
        "both compute and metric, by the means alone and controls aside: neighbours on it may be "
        "tied. Below "
        "it, random draws that were given a selector's whole compute to train with, and may use "
        "less where the pool ends, beside the selector itself.",
    ]
    return Section("Cost", lines, tables)


def _cost_table(part: Board) -> Table:
    rows, front = cost_rows(part)
    shown = {row.place: (row, "front") for row in front}
    for row in rows:
        of, by = row.matched or ("", "")
        other = part.row(of, row.budget)
        if by == "compute" and other is not None:
            shown.setdefault(other.place, (other, ""))
            mark = ", front" if row.place in shown else ""
            shown[row.place] = (row, f"compute of {of}{mark}")
    lines = [_cost_row(row, part, mark) for row, mark in shown.values()]
    header = ["Selector", "Budget", "", "Total FLOPs", "Selection's share", part.primary]
    return Table(header, lines, f"{part.task} · {part.model}", text_columns=3)


def _cost_row(row: Row, part: Board, mark: str) -> list[str]:
    return [
        row.selector,
        row.budget or "100%",
        mark,
        flops_text(row.compute),
        f"{1 - row.flops('training') / row.compute:.0%}",
        score_text(row.metrics[part.primary]),
    ]
