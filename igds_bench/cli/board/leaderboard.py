"""``igds-bench leaderboard``: turn run folders into a report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from igds_bench.errors import ConfigError


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
    push_to_hub: Annotated[
        str,
        typer.Option(
            "--push-to-hub", help="Upload the published folder to this data set (owner/name)."
        ),
    ] = "",
    license_: Annotated[
        str, typer.Option("--license", help="The hub's id of the licence, for --push-to-hub.")
    ] = "other",
    plugin: Annotated[
        list[str] | None,
        typer.Option("--plugin", help="A local plugin file or folder, for the metrics it has."),
    ] = None,
) -> None:
    """Summarise the records of one or more folders, and write the report.

    With --push-to-hub, the published folder (that of --out, or the one board that is named) is
    uploaded to the Hugging Face hub as a data set.
    """
    from igds_bench.report.board.leaderboard import build_leaderboard
    from igds_bench.report.formats.console import print_leaderboard
    from igds_bench.report.formats.flat import flat_rows
    from igds_bench.report.publish.gallery import refresh_gallery
    from igds_bench.report.publish.hub import check_token
    from igds_bench.report.publish.hub import push_to_hub as push
    from igds_bench.report.publish.publish import publish
    from igds_bench.report.render import render

    published = out or folders[0]
    if push_to_hub and out is None and (len(folders) > 1 or (published / "stages").is_dir()):
        raise ConfigError("--push-to-hub uploads a published board: say where to with --out.")
    if push_to_hub:
        check_token(push_to_hub)
    if out is not None:
        board, report = publish(folders, out, plugin or ()), out / "README.md"
    else:
        board = build_leaderboard(folders, plugin or ())
        is_run = (folders[0] / "stages").is_dir()
        report = render(board, folders[0] / "report" if is_run else folders[0])
        refresh_gallery(folders[0].resolve().parent)
    address = ""
    if push_to_hub:
        address = push(published, push_to_hub, license_)
    if as_json:
        found = {"report": str(report), "rows": flat_rows(board)}
        typer.echo(json.dumps({**found, "address": address} if address else found))
        return
    console = Console()
    print_leaderboard(board, console)
    console.print(f"Report: {report}", highlight=False, soft_wrap=True)
    if address:
        console.print(f"Uploaded to {address}", highlight=False, soft_wrap=True)
