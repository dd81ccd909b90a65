"""``igds-bench submit``: put a run's records on a leaderboard, once they pass every check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def submit(
    runs: Annotated[list[Path], typer.Argument(help="Run or leaderboard folders.")],
    to: Annotated[
        Path, typer.Option("--to", help="The leaderboard folder; made where there is none.")
    ],
    plugin: Annotated[
        list[str] | None,
        typer.Option("--plugin", help="A local plugin file or folder, for the metrics it has."),
    ] = None,
) -> None:
    """Check the records of runs, and merge them into a leaderboard; all of them or none."""
    from igds_bench.cli.board.checklist import print_checks
    from igds_bench.report.publish.submit import submit as merge

    done = merge(runs, to, plugin or ())
    console = Console()
    print_checks(done.checks, console)
    console.print(
        f"{done.added} records added to {to}, {done.known} it had already"
        + (f", {done.failed} failed ones beside them" if done.failed else "")
        + f". Report: {done.readme}",
        highlight=False,
        soft_wrap=True,
    )
