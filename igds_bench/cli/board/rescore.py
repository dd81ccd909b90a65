"""``igds-bench rescore``: apply a fixed metric to stored generations, without a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape


def rescore(
    folder: Annotated[Path, typer.Argument(help="A run or leaderboard folder.")],
    task: Annotated[
        str,
        typer.Option(
            "--task", help="Only this task: its name, or the YAML file with its fixed definition."
        ),
    ] = "",
    plugin: Annotated[
        list[str] | None, typer.Option("--plugin", help="A local plugin file or folder.")
    ] = None,
) -> None:
    """Compute scores again with today's metrics from the stored generations.

    Records keep what they said before in their settings; the report is written anew.
    """
    from igds_bench.cli.common import render_again
    from igds_bench.harness.verify.rescore import rescore as apply
    from igds_bench.plugin.manager import create_plugin_manager
    from igds_bench.plugin.registry import build_registries
    from igds_bench.report.read.records import read_records

    console = Console()
    registries = build_registries(create_plugin_manager(extra=tuple(plugin or ())))
    with console.status("computing scores again"):
        done = apply(folder, read_records(folder).ok, registries, task)
    for name, why in done.left.items():
        text = f"[yellow]left as it is:[/yellow] {escape(name)}: {escape(why)}"
        console.print(text, highlight=False, soft_wrap=True)
    text = f"{len(done.changed)} records have new scores, {done.unchanged} are as they were."
    if done.changed:
        text += f" Report: {render_again(folder, plugin or ())}"
    console.print(text, highlight=False, soft_wrap=True)
