"""Figures of selections: how much they overlap, and how long the chosen responses are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from igds_bench.core.names import path_name
from igds_bench.report.board.overlap import Overlaps
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.figures.style import drawing, save, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_REACH = 0.1
"""Difference of Jaccard from chance that has full colour, where none is larger."""
LEVELS = 31
"""Colours of the heat map; the middle one is white."""
BOX = ("whislo", "q1", "med", "q3", "whishi")
"""Names that matplotlib gives the levels of ``QUANTILES``."""
POOL = "pool"
"""What the lengths of the whole pool are called."""


def draw_selection(
    board: Board, budget: str, found: Overlaps | None, folder: Path
) -> dict[str, str]:
    """Draw a board's selections at a budget as SVG and PNG.

    Args:
        board: of one model and task.
        budget: the one that is shown.
        found: overlaps at this budget, where there are manifests.
        folder: of the figures.

    Returns:
        Caption by file stem; figures that lack their data are left out.
    """
    captions = {}
    stem = path_name(board.task, board.model)
    lengths = response_lengths(board, budget)
    with drawing(folder):
        if found is not None:
            save(_heat_map(board, budget, found), folder / f"{stem}--overlap")
            captions[f"{stem}--overlap"] = _overlap_caption(board, budget, found)
        if lengths:
            save(_boxes(board, budget, lengths), folder / f"{stem}--lengths")
            captions[f"{stem}--lengths"] = (
                f"{board.task}, {board.model}, {budget}: tokens of the chosen responses (boxes: "
                "quartiles and median, whiskers: 5% to 95%; means over seeds), shortest median "
                f"first{_against(lengths)}."
            )
    return captions


def _overlap_caption(board: Board, budget: str, found: Overlaps) -> str:
    return (
        f"{board.task}, {board.model}, {budget}: Jaccard similarity of the chosen sets at "
        "the first selection seed, alike selectors beside each other. A selection holds "
        f"q = n/N = {found.share:.2f} of the pool; of two independent random draws "
        f"{found.chance:.2f} = q/(2 - q) is expected, which is white: red is more in "
        "common, blue less."
    )


def quantiles_of(row: Row) -> list[float]:
    """Return the quantiles of chosen response tokens, mean over records; empty where unknown."""
    kept = [r.selection.response_token_quantiles for r in row.records if r.selection]
    kept = [values for values in kept if values]
    return [sum(values) / len(kept) for values in zip(*kept, strict=True)]


def response_lengths(board: Board, budget: str) -> dict[str, list[float]]:
    """Return quantiles by selector, the pool first and the others by their median."""
    rows = [row for row in board.rows if row.budget == budget and quantiles_of(row)]
    rows.sort(key=lambda row: (quantiles_of(row)[2], row.selector))
    found = {row.selector: quantiles_of(row) for row in rows}
    full = board.full
    pool = quantiles_of(full) if full is not None else []
    return {POOL: pool, **found} if pool and found else found


def _against(lengths: Mapping[str, Sequence[float]]) -> str:
    if POOL not in lengths:
        return ""
    return ", against the whole pool, whose quartiles and median are the band and line"


def _heat_map(board: Board, budget: str, found: Overlaps) -> Figure:
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.colors import CenteredNorm
    from matplotlib.figure import Figure

    count = len(found.names)
    side = 0.36 * count + 2.2
    figure = Figure(figsize=(max(4.8, side + 1.5), max(3.6, side)), layout="constrained")
    axes = figure.subplots()
    shown = np.ma.masked_array(found.jaccard, mask=np.eye(count, dtype=bool))
    # One step of colour is the same difference on both sides, and noise gets little of it.
    reach = max(LEAST_REACH, float(np.abs(shown - found.chance).max()))
    colours = colormaps["RdBu_r"].resampled(LEVELS)
    image = axes.imshow(shown, cmap=colours, norm=CenteredNorm(found.chance, reach))
    axes.set_facecolor("#d0d0d0")
    for row in range(count):
        # The upper half is the same.
        for column in range(row):
            value = float(found.jaccard[row, column])
            _annotate(axes, (column, row), value, abs(value - found.chance) > 0.6 * reach)
    axes.grid(visible=False)
    places = list(range(count))
    axes.set_xticks(places, found.names, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, found.names)
    axes.tick_params(labelsize=8.5, length=0)
    bar = figure.colorbar(image, ax=axes, shrink=0.7)
    low, high = max(0.0, found.chance - reach), min(1.0, found.chance + reach)
    bar.ax.set_ylim(low, high)
    labels = [f"{low:.2f}", f"{found.chance:.2f} by chance", f"{high:.2f}"]
    bar.set_ticks([low, found.chance, high], labels=labels, fontsize=8.5)
    axes.set_title(f"{title_of(board)} · {budget}", loc="left", fontsize=11, fontweight="bold")
    return figure


def _annotate(axes: Axes, at: tuple[int, int], value: float, is_dark: bool) -> None:
    axes.text(
        *at,
        f"{value:.2f}".removeprefix("0"),
        ha="center",
        va="center",
        fontsize=7.5,
        color="white" if is_dark else "#222222",
    )


def _boxes(board: Board, budget: str, lengths: Mapping[str, Sequence[float]]) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.6, 0.27 * len(lengths) + 1.3), layout="constrained")
    axes = figure.subplots()
    places = list(range(len(lengths)))
    drawn = axes.bxp(
        [dict(zip(BOX, values, strict=True)) for values in lengths.values()],
        positions=places,
        widths=0.6,
        orientation="horizontal",
        showfliers=False,
        patch_artist=True,
        boxprops={"facecolor": "#cfe3f1", "edgecolor": "#0072B2"},
        medianprops={"color": "#D55E00", "linewidth": 1.8},
    )
    if POOL in lengths:
        _, low, median, high, _ = lengths[POOL]
        axes.axvspan(low, high, color="#eeeeee", zorder=0)
        axes.axvline(median, color="#888888", lw=1.0, ls="--", zorder=0.5)
        drawn["boxes"][0].set(facecolor="#dddddd", edgecolor="#444444")
    axes.set_yticks(places, list(lengths), fontsize=8.5)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlim(left=0)
    axes.set_xlabel("tokens of a chosen response")
    axes.set_title(f"{title_of(board)} · {budget}", loc="left", fontsize=11, fontweight="bold")
    return figure
