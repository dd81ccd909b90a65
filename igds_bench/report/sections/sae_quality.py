"""Does a better SAE select better? IGDS's gain over the baseline against its suites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from igds_bench.core.names import path_name
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board
from igds_bench.report.figures.style import drawing, save
from igds_bench.report.sections.section import Section, Table
from igds_bench.report.sections.words import difference_text
from igds_bench.report.statistics.summaries import correlations
from igds_bench.report.statistics.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURES = {
    "explained_variance": "explained variance, all text",
    "at_critical": "explained variance at t*, within the task",
    "l0": "L0",
    "dead_share": "dead features, share",
}
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MARKERS = ("o", "s", "^", "D")


@dataclass(frozen=True)
class SuiteResult:
    """One suite on one task and budget."""

    suite: str
    task: str
    budget: str
    gain: Verdict
    """Of IGDS against the baseline."""
    against: str
    """Label of the baseline."""
    measures: Mapping[str, float]
    """By the names of ``MEASURES``, where known; means over the suite's layers."""
    training: Mapping[str, Any]
    """Samples, width and seed, where the suite says so."""
    candidates: int | None


def quality_section(board: Leaderboard, folder: Path) -> Section:
    """Return the section, empty unless ``igds`` ran on several suites; figures go to ``folder``."""
    results = [r for part in board.boards for r in suite_results(board, part)]
    if len({result.suite for result in results}) < 2:
        return Section("")
    figures, lines, tables = {}, [], []
    for task in dict.fromkeys(result.task for result in results):
        own = [result for result in results if result.task == task]
        stem = path_name("sae-quality", task)
        _draw(own, folder / stem)
        figures[stem] = (
            f"{task}: gain of IGDS over {own[0].against} at {own[0].budget} against what is "
            "measured of its SAE suite, one point per suite with its 95% interval; colours are "
            "widths, markers seeds."
        )
        lines += quality_sentences(own)
        tables.append(quality_table(own))
    return Section("SAE quality", lines, tables, figures)


def suite_results(board: Leaderboard, part: Board) -> list[SuiteResult]:
    """Return what IGDS gained on each suite, at each budget of a board."""
    found = []
    for row in part.rows:
        is_igds = row.saes is not None and row.selector in ("igds", f"igds ({row.saes})")
        if not is_igds or row.verdict is None or row.budget is None:
            continue
        table = next(
            (f for f in board.features if f["saes"] == row.saes and f["task"] == part.task), {}
        )
        suite = board.suites.get(row.saes or "", {})
        found.append(
            SuiteResult(
                suite=row.saes or "",
                task=part.task,
                budget=row.budget,
                gain=row.verdict,
                against=part.against,
                measures=_measures(suite, table),
                training=suite.get("training") or {},
                candidates=len(table["candidates"]) if table else None,
            )
        )
    return sorted(found, key=_order)


def _order(result: SuiteResult) -> tuple[Any, ...]:
    training = result.training
    return (
        training.get("samples", 0),
        training.get("width", 0),
        training.get("seed", 0),
        result.suite,
    )


def _measures(suite: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, float]:
    layers = list((suite.get("layers") or {}).values())
    found = {
        name: fmean(layer[name] for layer in layers)
        for name in ("explained_variance", "l0", "dead_share", "ce_recovered")
        if layers and all(name in layer for layer in layers)
    }
    if table.get("fits"):
        found["at_critical"] = fmean(fit["explained_variance"] for fit in table["fits"])
    return found


def quality_sentences(results: Sequence[SuiteResult]) -> list[str]:
    """Return how the gain goes with each measure, and how many gains exclude 0."""
    above = sum(r.gain.excludes_zero and r.gain.difference > 0 for r in results)
    below = sum(r.gain.excludes_zero and r.gain.difference < 0 for r in results)
    task, against = results[0].task, results[0].against
    lines = [
        f"{task}: on {len(results)} suites IGDS is above {against} by an interval that excludes 0 "
        f"on {above}, below on {below}."
    ]
    parts = []
    for name, title in MEASURES.items():
        own = [r for r in results if name in r.measures]
        known = correlations([r.measures[name] for r in own], [r.gain.difference for r in own])
        if known:
            c = known["Spearman"]
            parts.append(f"{title} {c.value:.2f} [{c.low:.2f}, {c.high:.2f}]")
    if parts:
        lines.append(f"{task}: Spearman of the gain with {'; '.join(parts)}.")
    return lines


def quality_table(results: Sequence[SuiteResult]) -> Table:
    """Return what is known of every suite, and what IGDS gained on it."""
    header = ["Suite", "Samples", "Width", "L0", "Expl. var.", "at t*", "Dead", "Loss kept"]
    header += ["Candidates", f"IGDS against {results[0].against}"]
    rows = []
    for result in results:
        known = result.measures
        rows.append(
            [
                result.suite,
                f"{result.training['samples']:,}" if "samples" in result.training else "",
                str(result.training.get("width", "")),
                *(
                    f"{known[name]:{form}}" if name in known else ""
                    for name, form in (
                        ("l0", ".1f"),
                        ("explained_variance", ".2f"),
                        ("at_critical", ".2f"),
                        ("dead_share", ".0%"),
                        ("ce_recovered", ".1%"),
                    )
                ),
                "" if result.candidates is None else str(result.candidates),
                difference_text(result.gain),
            ]
        )
    return Table(header, rows, f"{results[0].task}, {results[0].budget}", text_columns=1)


def _draw(results: Sequence[SuiteResult], path: Path) -> None:
    from matplotlib.figure import Figure

    with drawing(path.parent):
        figure = Figure(figsize=(10.4, 3.4), layout="constrained")
        panels = figure.subplots(1, len(MEASURES), sharey=True)
        for axes, (name, title) in zip(panels, MEASURES.items(), strict=True):
            _panel(axes, name, results)
            axes.set_xlabel(title.replace(", ", ",\n"), fontsize=8.5)
        panels[0].set_ylabel(f"IGDS minus {results[0].against}")
        handles, labels = panels[0].get_legend_handles_labels()
        if labels:
            figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=8.5)
        title = f"{results[0].task} · {results[0].budget}"
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        save(figure, path)


def _panel(axes: Axes, name: str, results: Sequence[SuiteResult]) -> None:
    widths = sorted({r.training.get("width", 0) for r in results})
    seeds = sorted({r.training.get("seed", 0) for r in results})
    axes.axhline(0, color="#666666", lw=0.8)
    for width in widths:
        for seed in seeds:
            own = [
                r
                for r in results
                if name in r.measures
                and (r.training.get("width", 0), r.training.get("seed", 0)) == (width, seed)
            ]
            if not own:
                continue
            gains = [r.gain for r in own]
            below = [g.difference - g.low if g.low is not None else 0 for g in gains]
            above = [g.high - g.difference if g.high is not None else 0 for g in gains]
            axes.errorbar(
                [r.measures[name] for r in own],
                [g.difference for g in gains],
                yerr=[below, above],
                fmt=MARKERS[seeds.index(seed) % len(MARKERS)],
                color=COLOURS[widths.index(width) % len(COLOURS)],
                ms=5,
                lw=0.9,
                label=f"width {width}, seed {seed}",
            )
