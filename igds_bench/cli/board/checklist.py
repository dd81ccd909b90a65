"""The table of what was checked, for the verbs that check records."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from igds_bench.core.record.checked import Checked, grouped


def print_checks(checks: Sequence[Checked], console: Console) -> None:
    """Print one row per check, then every problem and what could not be checked."""
    table = Table("checked", title="Checks", title_justify="left")
    table.add_column("of", justify="right")
    table.add_column("problems", justify="right")
    for check in checks:
        number = len(check.problems)
        shown = f"[red]{number}[/red]" if number else "[green]none[/green]"
        table.add_row(escape(check.what), f"{check.count:,}", shown)
    console.print(table)
    for check in checks:
        if check.note:
            text = f"[yellow]note:[/yellow] {escape(check.what)}: {escape(check.note)}"
            console.print(text, highlight=False, soft_wrap=True)
    for check in checks:
        for line in grouped(check.problems):
            text = f"[red]problem:[/red] {escape(line)}"
            console.print(text, highlight=False, soft_wrap=True)
