"""How figures look: colours, markers, type, and how they are saved."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.grid import BASE, FULL
from igds_bench.report.board.rows import Board

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F3C8D", "#666666")
"""Okabe and Ito's colour-blind-safe palette, with two more."""
DOTS_PER_INCH = 150
"""Of PNGs."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
STYLE: dict[Any, Any] = {
    "font.size": 10,
    # The first measures; the others are as wide, for readers who lack it.
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "figure.facecolor": "white",
    "svg.hashsalt": "igds_bench",
    # Text as text: a third of the size, and it can be searched and copied.
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


@contextmanager
def drawing(folder: Path) -> Iterator[None]:
    """Draw in the report's style, without a screen, into a folder that is made."""
    import matplotlib

    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context(STYLE):
        yield


def palette(selectors: Iterable[str], first: str) -> dict[str, tuple[str, str]]:
    """Return colour and marker by selector; ``first``, the baseline, always has the same."""
    order = [first, *sorted(set(selectors) - {first, BASE, FULL})]
    return {
        # Where colours begin again, markers are one further, so that no two look the same.
        name: (COLOURS[i % len(COLOURS)], MARKERS[(i + i // len(COLOURS)) % len(MARKERS)])
        for i, name in enumerate(order)
    }


def save(figure: Figure, path: Path) -> None:
    """Write SVG, PDF and PNG without dates, so that the same data gives the same bytes.

    Args:
        figure: with all its parts; its layout is fixed by this.
        path: without suffix.
    """
    # Layout is most of the work, and the same in every format.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    figure.savefig(path.with_name(path.name + ".svg"), metadata={"Date": None})
    figure.savefig(path.with_name(path.name + ".pdf"), metadata={"CreationDate": None})
    _save_png(figure, path.with_name(path.name + ".png"))


def _save_png(figure: Figure, path: Path) -> None:
    """Write a PNG of 256 colours, which looks like one of 16 million at a third of the size."""
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DOTS_PER_INCH)
    with Image.open(drawn) as image:
        few = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def new_figure(width: float = 6.6, height: float = 4.0) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes, sizes in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def axis_name(board: Board) -> str:
    """Return the primary metric, with its direction where lower is better."""
    return board.primary + ("" if board.higher_is_better else " (lower is better)")


def title_of(board: Board) -> str:
    """Return task and model."""
    return f"{board.task} · {board.model}"
