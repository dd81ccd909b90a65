"""Figures of feature amplification: against improvement, and as distributions per selector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from igds_bench.core.grid import BASE, FULL, TARGET_ONLY
from igds_bench.report.board.amplification import GROUPS, Point, Relation, entry, interval_text
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.figures.style import axis_name, palette, title_of
from igds_bench.report.statistics.summaries import MIN_CELLS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES = {FULL: ("#444444", "h"), TARGET_ONLY: ("#999999", "p"), BASE: ("#444444", "o")}
"""Colour and marker of references."""


def amplification_panels(
    board: Board, points: Sequence[Point], found: Sequence[Relation]
) -> Figure:
    """Draw change in activation against change in metric, one panel per group of features."""
    from matplotlib.figure import Figure

    colours = {**palette((p.selector for p in points), board.baseline), **STYLES}
    size = (3.1 * len(found) + 2.4, max(4.4, 0.19 * len(colours) + 0.8))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(1, len(found), sharey=True, squeeze=False)[0]
    for axes, relation in zip(panels, found, strict=True):
        _scatter(axes, relation.group, points, colours)
        axes.set_title(_coefficients(relation), fontsize=8, loc="left", color="#444444")
    panels[0].set_ylabel(f"change in {axis_name(board)}")
    figure.suptitle(title_of(board), x=0.01, ha="left", fontsize=11, fontweight="bold")
    figure.supxlabel("change in mean activation at t*", fontsize=10)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=8.5)
    return figure


def _scatter(
    axes: Axes,
    group: str,
    points: Sequence[Point],
    colours: dict[str, tuple[str, str]],
) -> None:
    for name, (colour, marker) in colours.items():
        own = [point for point in points if point.selector == name and group in point.changes]
        if own:
            axes.scatter(
                [p.changes[group] for p in own],
                [p.metric for p in own],
                color=colour,
                marker=marker,
                s=26,
                alpha=0.8,
                linewidths=0,
                label=name,
            )
    axes.axhline(0, color="#999999", lw=0.8)
    axes.axvline(0, color="#999999", lw=0.8)
    axes.set_xlabel(GROUPS[group], fontsize=9)


def _coefficients(relation: Relation) -> str:
    """Return the lines above a panel."""
    if relation.cells < MIN_CELLS:
        return f"no coefficient: {relation.cells} cells\n\n"
    if relation.found is None:
        return "no coefficient: no variation\n\n"
    lines = [f"{name} {interval_text(c)}" for name, c in relation.found.items()]
    if relation.partial is not None:
        lines.append(f"given length {interval_text(relation.partial)}")
    return "\n".join(lines + [""] * (3 - len(lines)))


def activation_boxes(board: Board, suite: str) -> tuple[Figure, str] | None:
    """Draw the activation of F_task on the probe split by selector, with the primary metric.

    At the budget with the most selectors; boxes are the mean quantiles of a row's cells.

    Returns:
        The figure and its caption; None where no record has quantiles.
    """
    budget = max(board.budgets, key=lambda b: (_selectors(board, b), b), default=None)
    rows = [
        row
        for row in board.rows
        if row.budget in (None, budget) and _quantiles(row, suite) and board.primary in row.metrics
    ]
    base = board.base
    if budget is None or base is None or not rows:
        return None
    sign = -1 if board.higher_is_better else 1
    rows.sort(key=lambda row: (row.tuned, sign * row.metrics[board.primary].mean))
    figure = _boxes(board, suite, rows)
    caption = (
        f"{board.task}, {board.model}, suite {suite}, budget {budget}: activation of the task's "
        "features at t* on the held-out probe split, by what was trained on (boxes: quartiles and "
        f"median, whiskers: 5% to 95%; means over seeds), under the mean {board.primary} with its "
        "range; best first, the untuned model at the left."
    )
    return figure, caption


def _selectors(board: Board, budget: str) -> int:
    return sum(row.budget == budget for row in board.rows)


def _quantiles(row: Row, suite: str) -> list[float]:
    """Return the mean quantiles of a row's cells, or nothing where they weren't kept."""
    measured = [entry(record, suite) for record in row.records]
    name = "tuned_quantiles" if row.tuned else "base_quantiles"
    kept = [getattr(found, name) for found in measured if found is not None]
    kept = [values for values in kept if values]
    return [sum(values) / len(kept) for values in zip(*kept, strict=True)]


def _boxes(board: Board, suite: str, rows: Sequence[Row]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(max(5.0, 0.55 * len(rows) + 1.6), 5.2), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(2, 3))
    places = list(range(len(rows)))
    summaries = [row.metrics[board.primary] for row in rows]
    means = [summary.mean for summary in summaries]
    reach = [[s.mean - s.low for s in summaries], [s.high - s.mean for s in summaries]]
    top.errorbar(places, means, yerr=reach, fmt="o", color="#0072B2", ms=5, capsize=2.5, lw=1)
    top.set_ylabel(axis_name(board))
    names = ("whislo", "q1", "med", "q3", "whishi")
    boxes = [dict(zip(names, _quantiles(row, suite), strict=True)) for row in rows]
    bottom.bxp(
        boxes,
        positions=places,
        widths=0.6,
        showfliers=False,
        patch_artist=True,
        boxprops={"facecolor": "#cfe3f1", "edgecolor": "#0072B2"},
        medianprops={"color": "#D55E00", "linewidth": 1.8},
    )
    bottom.set_ylabel("activation at t*")
    bottom.set_xticks(places)
    bottom.set_xticklabels([row.selector for row in rows], rotation=45, ha="right", fontsize=8.5)
    top.set_title(title_of(board), loc="left", fontsize=11, fontweight="bold")
    return figure
