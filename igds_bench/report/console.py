"""The leaderboard on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from igds_bench.report import text
from igds_bench.report.leaderboard import Board, Leaderboard


def print_leaderboard(board: Leaderboard, console: Console) -> None:
    """Print one compact table per model and task, its headlines, failures and problems."""
    for part in board.boards:
        console.print(_table(part))
        for line in text.headline(part):
            console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)
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
    for name in (board.primary, "n", "against random", "Δ features"):
        table.add_column(name, justify="right")
    for row in board.rows:
        main, amplified = row.metrics.get(board.primary), row.amplification
        table.add_row(
            row.budget or ("100%" if row.selector == "full" else "–"),
            escape(row.selector) + (" †" if row.beyond_supply else ""),
            text.score_text(main),
            str(main.n if main else 0),
            text.difference_text(row.against_random),
            f"{amplified:+.3f}" if amplified is not None else "",
        )
    return table
