"""``igds-bench plan``: what a grid would run, what is there, and what the rest would cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from igds_bench.cli.common import duration


def plan(
    config: Annotated[Path, typer.Argument(help="The grid file (YAML).")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Run folder; runs/<name> by default.")
    ] = None,
    plugin: Annotated[
        list[str] | None, typer.Option("--plugin", help="A local plugin file or folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    stages: Annotated[bool, typer.Option("--stages", help="List every stage.")] = False,
) -> None:
    """Check a grid and show what it would run, without loading a model."""
    from igds_bench.cli.common import load_with_plugins
    from igds_bench.harness.plan.forecast import forecast
    from igds_bench.harness.stages import KINDS

    summary = forecast(load_with_plugins(config, plugin), KINDS, out)
    if as_json:
        typer.echo(json.dumps(summary.as_json(), indent=1))
        return
    console = Console()
    console.print(
        f"{summary.cells} cells, {summary.cells_done} of them done. Run folder: {summary.folder}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(_totals(summary.by_kind))
    if stages:
        console.print(_every_stage(summary.stages))
    console.print(
        f"To do: about {duration(summary.seconds)}, {summary.flops:.2g} FLOPs, peak memory about "
        f"{_size(summary.memory_bytes)}, disk about {_size(summary.disk_bytes)} "
        f"({_size(summary.free_bytes)} free).",
        highlight=False,
        soft_wrap=True,
    )
    if summary.forwards:
        console.print(f"Forwards over a pool or target: {len(summary.forwards)}", highlight=False)
    for line in summary.forwards:
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    for note in summary.notes:
        console.print(f"[yellow]note:[/yellow] {note}", highlight=False, soft_wrap=True)


def _totals(rows: list[dict[str, Any]]) -> Table:
    table = Table("stage", title="Stages")
    for name in ("in all", "already there", "to run", "about", "FLOPs"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            row["kind"],
            str(row["total"]),
            str(row["done"]),
            str(row["total"] - row["done"]),
            duration(row["seconds"]),
            f"{row['flops']:.2g}",
        )
    return table


def _every_stage(rows: list[dict[str, Any]]) -> Table:
    table = Table("stage", "state")
    table.add_column("about", justify="right")
    table.add_column("FLOPs", justify="right")
    for row in rows:
        state = "there" if row["done"] else "to run"
        table.add_row(row["label"], state, duration(row["seconds"]), f"{row['flops']:.2g}")
    return table


def _size(count: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
