"""The leaderboard on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board
from igds_bench.report.sections import words as text
from igds_bench.report.sections.features import explanation_of, sentences, unit_of


def print_leaderboard(board: Leaderboard, console: Console) -> None:
    """Print one compact table per model and task, its headlines, failures and problems."""
    for part in board.boards:
        console.print(_table(part))
        for line in text.headline(part):
            console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
        for line in text.cautions(part):
            console.print(f"  [yellow]{escape(line)}[/yellow]", highlight=False, soft_wrap=True)
        console.print()
    for record in board.failed:
        console.print(
            f"[red]failed[/red] {record.cell.id}: {escape(record.reason)}",
            highlight=False,
            soft_wrap=True,
        )
    for problem in board.problems:
        console.print(
            f"[yellow]problem[/yellow] {escape(problem)}", highlight=False, soft_wrap=True
        )
    if any(part.model == "tiny" for part in board.boards):
        console.print(f"[dim]{text.notes(board)[-1]}[/dim]", highlight=False, soft_wrap=True)


def _table(board: Board) -> Table:
    table = Table(title=f"{board.task} · {board.model}", title_justify="left")
    table.add_column("budget")
    table.add_column("selector")
    for name in (board.primary, "n", f"against {board.against}", "verdict", "Δ features"):
        table.add_column(name, justify="right")
    for row in board.rows:
        main, amplified = row.metrics.get(board.primary), row.amplification
        table.add_row(
            row.budget or ("100%" if row is board.full else "–"),
            escape(text.selector_text(row)),
            text.score_text(main),
            str(main.n if main else 0),
            text.difference_text(row.verdict),
            text.word_text(row.verdict),
            f"{amplified:+.3f}" if amplified is not None else "",
        )
    return table


def print_features(found: Mapping[str, Any], console: Console) -> None:
    """Print what was found of one task's features.

    Args:
        found: the content of a ``features/*.json`` file.
        console: where to.
    """
    console.print(
        f"[bold]{escape(found['task'])}[/bold] · {escape(found['model'])} · suite "
        f"{escape(found['saes'])}"
    )
    for line in sentences(found):
        console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
    told = explanation_of(found)
    for table in _feature_tables(found):
        console.print(table)
    for part in told.features if told else ():
        if part.link:
            console.print(f"{part.name}: {escape(part.link)}", highlight=False, soft_wrap=True)
        for top in part.examples:
            line = f"{part.name}  {top.activation:7.2f}  {escape(top.before[-100:].strip())}"
            mark = f"[reverse]{escape(top.critical)}[/reverse]"
            console.print(line.replace("\n", " ") + mark, highlight=False, soft_wrap=True)
        words = ", ".join(f"{w.word} {w.original:.1f} → {w.amplified:.1f}" for w in part.words)
        if words:
            console.print(
                f"{part.name}  words per 1,000: {escape(words)}", highlight=False, soft_wrap=True
            )


def _feature_tables(found: Mapping[str, Any]) -> list[Table]:
    table = Table("feature", title="Candidates", title_justify="left")
    for name in ("recall", f"Delta, {unit_of(found)}", "95% interval", "log-likelihood Delta"):
        table.add_column(name, justify="right")
    for own in found["candidates"][:10]:
        table.add_row(
            f"L{own['layer']}/{own['index']}",
            f"{own['recall']:.0%}",
            f"{own['delta']:+.3f}",
            f"{own['low']:+.3f} to {own['high']:+.3f}",
            f"{own['delta_loglik']:+.4f}",
        )
    told = explanation_of(found)
    if told is None:
        return [table]
    strengths = Table("feature", title="Strengths", title_justify="left")
    layers = Table("layer", title="Layers", title_justify="left")
    for multiplier in told.settings.multipliers:
        strengths.add_column(f"x{multiplier:g}", justify="right")
    for part in told.features:
        strengths.add_row(
            part.name, *(f"{s.delta:+.3f} [{s.low:+.2f}, {s.high:+.2f}]" for s in part.steering)
        )
    for name in ("candidates", "Delta above 0", "best Delta"):
        layers.add_column(name, justify="right")
    for share in told.layers:
        best = "" if share.best_delta is None else f"{share.best_delta:+.3f}"
        layers.add_row(str(share.layer), str(share.candidates), str(share.helpful), best)
    return [table, strengths, layers]
