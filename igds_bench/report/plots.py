"""Figures: budget curves, and feature amplification against improvement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.report.leaderboard import Board, Row
from igds_bench.report.statistics import MIN_CELLS, Correlation, correlations

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F3C8D", "#666666")
"""Okabe and Ito's colour-blind-safe palette, with two more."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "figure.facecolor": "white",
    "svg.hashsalt": "igds_bench",
    "svg.fonttype": "path",
}


def palette(selectors: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return colour and marker by selector; random is always the first."""
    names = sorted(set(selectors) - {"random", "base", "full"})
    order = ["random", *names]
    return {
        # Where colours begin again, markers are one further, so that no two look the same.
        name: (COLOURS[i % len(COLOURS)], MARKERS[(i + i // len(COLOURS)) % len(MARKERS)])
        for i, name in enumerate(order)
    }


def draw_figures(board: Board, folder: Path) -> dict[str, str]:
    """Draw a board's figures as SVG and PNG.

    Returns:
        Caption by file stem, in the order they belong on a page.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import rc_context

    folder.mkdir(parents=True, exist_ok=True)
    captions = {}
    stem = f"{board.task}--{board.model}".replace("/", "_")
    with rc_context(STYLE):
        if board.budgets:
            _save(_budget_curve(board), folder / f"{stem}--budget")
            captions[f"{stem}--budget"] = (
                f"{board.task}, {board.model}: {board.primary} against the selected share of the "
                "pool. Points are means over seeds, bars span their range; the dashed line is the "
                "whole pool, the dotted one the untuned model."
            )
        points = _amplification_points(board)
        if points:
            found = correlations([p[1] for p in points], [p[2] for p in points])
            _save(_amplification(board, points, found), folder / f"{stem}--amplification")
            captions[f"{stem}--amplification"] = describe_amplification(board, len(points), found)
    return captions


def describe_amplification(board: Board, cells: int, found: dict[str, Correlation] | None) -> str:
    """Return the caption of the amplification figure, coefficients included where warranted."""
    text = (
        f"{board.task}, {board.model}: change in the mean activation of the task's features at t* "
        f"on the held-out probe split, tuned minus base, against the change in {board.primary}; "
        f"one point per tuned cell ({cells})."
    )
    if cells < MIN_CELLS:
        return text + f" With fewer than {MIN_CELLS} cells no correlation coefficient is warranted."
    if found is None:
        return text + " One side does not vary, so there is no correlation coefficient."
    parts = [
        f"{name} {c.value:.2f} (95% bootstrap interval {c.low:.2f} to {c.high:.2f})"
        for name, c in found.items()
    ]
    return text + " " + ", ".join(parts) + "."


def _save(figure: Figure, path: Path) -> None:
    """Write SVG and PNG without dates, so that the same data gives the same bytes."""
    figure.savefig(path.with_name(path.name + ".svg"), metadata={"Date": None})
    figure.savefig(path.with_name(path.name + ".png"), dpi=150, metadata={"Software": None})


def _figure(width: float = 6.6, height: float = 4.0) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _budget_curve(board: Board) -> Figure:
    figure, axes = _figure()
    colours = palette(row.selector for row in board.rows)
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
            _curve(axes, rows, board.primary, colours[name], aside)
    for name, style, label in (("full", "--", "full data"), ("base", ":", "base")):
        row = board.row(name)
        if row is not None and board.primary in row.metrics:
            axes.axhline(
                row.metrics[board.primary].mean, color="#444444", ls=style, lw=1.2, label=label
            )
    axes.set_xticks([100 * share for share in shares])
    axes.set_xticklabels([f"{100 * share:.3g}" for share in shares])
    axes.set_xlabel("selected share of the pool, %")
    axes.set_ylabel(_axis_name(board))
    axes.set_title(f"{board.task} · {board.model}", loc="left", fontsize=11, fontweight="bold")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def _curve(
    axes: Axes, rows: Sequence[Row], metric: str, style: tuple[str, str], aside: float
) -> None:
    colour, marker = style
    x = [100 * row.share + aside for row in rows]
    summaries = [row.metrics[metric] for row in rows]
    y = [summary.mean for summary in summaries]
    below = [summary.mean - summary.low for summary in summaries]
    above = [summary.high - summary.mean for summary in summaries]
    is_oracle = rows[0].kind == "reference"
    axes.errorbar(
        x,
        y,
        yerr=[below, above],
        color=colour,
        marker=marker,
        ms=6,
        lw=1.6,
        elinewidth=1,
        capsize=2.5,
        ls="-." if is_oracle else "-",
        label=rows[0].selector,
    )


def _axis_name(board: Board) -> str:
    return board.primary + ("" if board.higher_is_better else " (lower is better)")


def _amplification_points(board: Board) -> list[tuple[str, float, float]]:
    """Return (selector, change in activation, change in metric) of every tuned cell."""
    base = board.row("base")
    if base is None or board.primary not in base.metrics:
        return []
    start = base.metrics[board.primary].mean
    return [
        (row.selector, a.change, record.scores[board.primary].value - start)
        for row in board.rows
        if row.selector != "base"
        for record in row.records
        for a in record.amplification[:1]
        if board.primary in record.scores
    ]


def _amplification(
    board: Board,
    points: list[tuple[str, float, float]],
    found: dict[str, Correlation] | None,
) -> Figure:
    figure, axes = _figure()
    colours = {**palette(p[0] for p in points), "full": ("#444444", "h")}
    for name, (colour, marker) in colours.items():
        own = [point for point in points if point[0] == name]
        if not own:
            continue
        axes.scatter(
            [p[1] for p in own],
            [p[2] for p in own],
            color=colour,
            marker=marker,
            s=34,
            alpha=0.8,
            linewidths=0,
            label=name,
        )
    axes.axhline(0, color="#999999", lw=0.8)
    axes.axvline(0, color="#999999", lw=0.8)
    axes.set_xlabel("change in mean activation of the task's features at t*")
    axes.set_ylabel(f"change in {_axis_name(board)}")
    title = f"{board.task} · {board.model}"
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", pad=20)
    text = (
        "  ".join(f"{n} {c.value:.2f} [{c.low:.2f}, {c.high:.2f}]" for n, c in found.items())
        if found
        else (f"no coefficient: {len(points)} cells" if len(points) < MIN_CELLS else "")
    )
    axes.text(0, 1.02, text, transform=axes.transAxes, fontsize=8.5, color="#444444")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure
