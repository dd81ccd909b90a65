"""The figure of a task's features: Deltas and their null, layers, words, strengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.explanation import Explanation
from igds_bench.report.figures.style import drawing, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEATURE, NULL, HELPFUL = "#0072B2", "#999999", "#D55E00"
MOST = 60
"""Candidates that are drawn."""


def draw_features(found: Mapping[str, Any], told: Explanation | None, path: Path) -> str:
    """Draw what is known of a task's features.

    Args:
        found: the content of a ``features/*.json`` file.
        told: its explanation, if any.
        path: of the figure, without suffix.

    Returns:
        The caption.
    """
    from matplotlib.figure import Figure

    title = f"{found['task']} · {found['model']} · {found['saes']}"
    with drawing(path.parent):
        if told is None:
            figure = Figure(figsize=(6.6, 3.6), layout="constrained")
            _deltas(figure.subplots(), found)
            figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
            save(figure, path)
            return _captions(found)[0]
        figure = Figure(figsize=(10.4, 7.2), layout="constrained")
        panels = figure.subplots(2, 2)
        _deltas(panels[0][0], found)
        _layers(panels[0][1], told)
        _words(panels[1][0], told)
        _strengths(panels[1][1], told, found)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        save(figure, path)
    return " ".join(_captions(found))


def _captions(found: Mapping[str, Any]) -> list[str]:
    return [
        f"{found['task']}, {found['model']}, suite {found['saes']}: Delta of the candidates with "
        "paired 95% intervals over dev samples, best first (up to 60), and of random directions of "
        "equal norm (grey, at the right).",
        "Candidates by layer, and how many of them have a Delta above 0.",
        "Words that the best feature's amplification makes more frequent in the outputs.",
        "Delta of the best features by strength of the amplification.",
    ]


def _deltas(axes: Axes, found: Mapping[str, Any]) -> None:
    own = found["candidates"][:MOST]
    null = sorted(found.get("null_deltas") or [], reverse=True)
    places = list(range(len(own)))
    means = [candidate["delta"] for candidate in own]
    axes.axhline(0, color="#666666", lw=0.8)
    if own and "low" in own[0]:
        reach = [[c["delta"] - c["low"] for c in own], [c["high"] - c["delta"] for c in own]]
        axes.errorbar(places, means, yerr=reach, fmt="none", ecolor=FEATURE, elinewidth=0.9)
    axes.plot(places, means, "o", color=FEATURE, ms=4, label="features")
    if null:
        start = len(own) + 1
        axes.plot(
            range(start, start + len(null)), null, "x", color=NULL, ms=4, label="random directions"
        )
        axes.axhline(max(null), color=NULL, lw=0.9, ls="--")
    axes.set_xticks([])
    axes.set_xlabel("candidates, best first")
    axes.set_ylabel("Delta")
    axes.legend(frameon=False, fontsize=8.5)


def _layers(axes: Axes, told: Explanation) -> None:
    from matplotlib.ticker import MaxNLocator

    layers = [share.layer for share in told.layers]
    axes.bar(
        layers, [s.candidates for s in told.layers], color="#cfe3f1", label="candidates", width=0.7
    )
    axes.bar(
        layers, [s.helpful for s in told.layers], color=HELPFUL, label="Delta above 0", width=0.42
    )
    axes.set_xticks(layers if len(layers) <= 20 else layers[::4])
    axes.set_xlabel("layer")
    axes.set_ylabel("features")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False, fontsize=8.5)


def _words(axes: Axes, told: Explanation) -> None:
    best = told.features[0] if told.features else None
    rises = list(best.words)[::-1] if best else []
    if best is None or not rises:
        axes.axis("off")
        axes.text(
            0.5, 0.5, "no word becomes more frequent", ha="center", va="center", color="#666666"
        )
        return
    places = list(range(len(rises)))
    axes.barh([p + 0.2 for p in places], [r.amplified for r in rises], 0.4, color=HELPFUL)
    axes.barh([p - 0.2 for p in places], [r.original for r in rises], 0.4, color="#cfe3f1")
    axes.set_yticks(places)
    axes.set_yticklabels([_plain(rise.word) for rise in rises], fontsize=8.5)
    axes.set_xlabel(f"per 1,000 words: amplified {best.name} (orange), original (blue)", fontsize=9)
    axes.grid(visible=False, axis="y")


def _plain(word: str) -> str:
    """Keep a word from being read as mathematics, and short."""
    return word.replace("$", "\\$")[:24]


def _strengths(axes: Axes, told: Explanation, found: Mapping[str, Any]) -> None:
    markers: Sequence[str] = ("o", "s", "^", "D", "v")
    axes.axhline(0, color="#666666", lw=0.8)
    width = 0.06
    for number, part in enumerate(told.features[: len(markers)]):
        if not part.steering:
            continue
        aside = width * (number - (len(told.features) - 1) / 2)
        x = [place + aside for place in range(len(part.steering))]
        y = [s.delta for s in part.steering]
        reach = [
            [s.delta - s.low for s in part.steering],
            [s.high - s.delta for s in part.steering],
        ]
        axes.errorbar(
            x, y, yerr=reach, marker=markers[number], ms=5, lw=1.2, capsize=2, label=part.name
        )
    strengths = [s.multiplier for s in told.features[0].steering] if told.features else []
    axes.set_xticks(range(len(strengths)))
    axes.set_xticklabels([f"x{m:g}" for m in strengths])
    axes.set_xlabel("strength, times the feature's own activation")
    axes.set_ylabel("Delta")
    if strengths:
        axes.legend(frameon=False, fontsize=8.5)
