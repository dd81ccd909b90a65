"""``igds-bench run``: run a grid and render its leaderboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def run(  # noqa: PLR0913 (one parameter per option)
    config: Annotated[Path, typer.Argument(help="The grid file (YAML).")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Run folder; runs/<name> by default.")
    ] = None,
    plugin: Annotated[
        list[str] | None, typer.Option("--plugin", help="A local plugin file or folder.")
    ] = None,
    only: Annotated[
        str, typer.Option("--only", help="Run only cells whose id contains this text.")
    ] = "",
    reuse: Annotated[
        list[Path] | None,
        typer.Option(
            "--reuse", help="A leaderboard or run whose records count as done where keys are equal."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object at the end, nothing else.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Run every cell of a grid that is not done yet, then render the leaderboard."""
    from igds_bench.cli.common import load_with_plugins
    from igds_bench.harness.run.grid import run_grid
    from igds_bench.report.board.leaderboard import build_leaderboard
    from igds_bench.report.formats.console import print_leaderboard
    from igds_bench.report.render import render

    console = Console()
    shown = None if quiet or as_json else console
    grid = load_with_plugins(config, plugin)
    outcome = run_grid(grid, out, shown, only, reuse or ())
    board = build_leaderboard([outcome.folder], grid.plugins)
    report = render(board, outcome.folder / "report")
    if as_json:
        summary = {
            "run": str(outcome.folder),
            "report": str(report),
            "computed": outcome.computed,
            "reused": outcome.reused,
            "failed": [record.cell.id for record in outcome.failed],
        }
        typer.echo(json.dumps(summary))
    else:
        print_leaderboard(board, console)
        console.print(
            f"\n{outcome.computed} cells computed, {outcome.reused} already there, "
            f"{len(outcome.failed)} failed. Report: {report}",
            highlight=False,
            soft_wrap=True,
        )
    if outcome.failed:
        raise typer.Exit(1)
