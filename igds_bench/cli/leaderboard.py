"""``igds-bench leaderboard``: turn run folders into a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def leaderboard(
    folders: Annotated[list[Path], typer.Argument(help="Run or leaderboard folders.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Publish records, data and report here, ready to commit; without it the report "
            "goes to the first folder's report/.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """Summarise the records of one or more folders, and write the report."""
    from igds_bench.report.console import print_leaderboard
    from igds_bench.report.leaderboard import build_leaderboard
    from igds_bench.report.publish import publish
    from igds_bench.report.render import flat_rows, render

    board = build_leaderboard(folders)
    if out is not None:
        report = publish(folders, out)
    else:
        is_run = (folders[0] / "stages").is_dir()
        report = render(board, folders[0] / "report" if is_run else folders[0])
    if as_json:
        typer.echo(json.dumps({"report": str(report), "rows": flat_rows(board)}))
        return
    console = Console()
    print_leaderboard(board, console)
    console.print(f"Report: {report}", highlight=False, soft_wrap=True)
