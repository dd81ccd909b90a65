"""Figures of a board: budget curves, and feature amplification against improvement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from igds_bench.core.grid import BASE, FULL, TARGET_ONLY
from igds_bench.core.names import path_name
from igds_bench.report.board import amplification
from igds_bench.report.board.curves import Curve
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.figures.amplification import activation_boxes, amplification_panels
from igds_bench.report.figures.style import axis_name, drawing, new_figure, palette, save, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = ((FULL, "--", "full data"), (BASE, ":", "base"), (TARGET_ONLY, "-.", "target only"))
"""References that are drawn as horizontal lines."""


def draw_curves(board: Board, folder: Path, curves: Sequence[Curve] = ()) -> dict[str, str]:
    """Draw a board's budget curves as SVG, PDF and PNG.

    Args:
        board: of one model and task.
        folder: where they go; it is made.
        curves: the intervals of its selectors with several budgets; others have none.

    Returns:
        Caption by file stem; empty without budgets.
    """
    if not board.budgets:
        return {}
    stem = path_name(board.task, board.model, "budget")
    with drawing(folder):
        save(_budget_curve(board, curves), folder / stem)
    return {
        stem: f"{board.task}, {board.model}: {board.primary} against the selected share of the "
        "pool. Points are means over seeds, bars 95% bootstrap intervals over seeds and "
        "test examples; horizontal lines are the references: the whole pool, the untuned "
        "model, the target samples alone. "
        "Selectors of a single budget are in the table."
    }


def draw_amplification(board: Board, folder: Path) -> dict[str, str]:
    """Draw a board's amplification, as ``draw_curves`` does; empty where none was measured."""
    suites = amplification.suites_of(board)
    captions: dict[str, str] = {}
    with drawing(folder):
        for suite in suites:
            own = [suite] if len(suites) > 1 else []
            stem = path_name(board.task, board.model, *own)
            captions |= _amplification_figures(board, suite, folder, stem)
    return captions


def _amplification_figures(board: Board, suite: str, folder: Path, stem: str) -> dict[str, str]:
    captions = {}
    points = amplification.points(board, suite)
    if points:
        found = amplification.relations(points)
        save(amplification_panels(board, points, found), folder / f"{stem}--amplification")
        captions[f"{stem}--amplification"] = amplification.describe(board, suite, found)
    drawn = activation_boxes(board, suite)
    if drawn is not None:
        figure, caption = drawn
        save(figure, folder / f"{stem}--activations")
        captions[f"{stem}--activations"] = caption
    return captions


def _budget_curve(board: Board, curves: Sequence[Curve] = ()) -> Figure:
    intervals = {curve.selector: _intervals(curve) for curve in curves}
    names = _curved(board)
    figure, axes = new_figure(height=max(4.0, 0.22 * len(names) + 1.2))
    colours = palette(names, board.baseline)
    shares = sorted({r.share for r in board.rows if r.budget is not None})
    gaps = [100 * (right - left) for left, right in pairwise(shares)]
    step = min([0.5, *(0.6 * gap / len(colours) for gap in gaps)])
    for place, name in enumerate(colours):
        rows = sorted(
            (r for r in board.rows if r.selector == name and board.primary in r.metrics),
            key=lambda r: r.share,
        )
        if rows:
            # A little to the side of each other, so that error bars don't cover one another.
            aside = step * (place - (len(colours) - 1) / 2)
            _curve(axes, rows, board.primary, colours[name], aside, intervals.get(name))
    for name, style, label in LINES:
        row = board.row(name)
        if row is not None and board.primary in row.metrics:
            axes.axhline(
                row.metrics[board.primary].mean, color="#444444", ls=style, lw=1.2, label=label
            )
    axes.set_xticks([100 * share for share in shares])
    axes.set_xticklabels([f"{100 * share:.3g}" for share in shares])
    axes.set_xlabel("selected share of the pool, %")
    axes.set_ylabel(axis_name(board))
    axes.set_title(title_of(board), loc="left", fontsize=11, fontweight="bold")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def _curved(board: Board) -> list[str]:
    """Return the selectors of several budgets, whose points make a curve; or else all."""
    named = [row.selector for row in board.rows if row.budget is not None]
    return [name for name in named if named.count(name) > 1] or named


def _intervals(curve: Curve) -> tuple[list[float], list[float]]:
    """Return how far a curve's intervals reach below and above its points."""
    ends = list(zip(curve.values, curve.lows, curve.highs, strict=True))
    return [max(v - low, 0.0) for v, low, _ in ends], [max(high - v, 0.0) for v, _, high in ends]


def _curve(
    axes: Axes,
    rows: Sequence[Row],
    metric: str,
    style: tuple[str, str],
    aside: float,
    reach: tuple[list[float], list[float]] | None,
) -> None:
    colour, marker = style
    x = [100 * row.share + aside for row in rows]
    y = [row.metrics[metric].mean for row in rows]
    is_oracle = rows[0].kind == "reference"
    axes.errorbar(
        x,
        y,
        yerr=reach if reach is not None and len(reach[0]) == len(rows) else None,
        color=colour,
        marker=marker,
        ms=6,
        lw=1.6,
        elinewidth=1,
        capsize=2.5,
        ls="-." if is_oracle else "-",
        label=rows[0].selector,
    )
