"""``igds-bench gallery``: the page that lists all published boards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def gallery(
    folder: Annotated[Path, typer.Argument(help="The folder that holds the boards.")] = Path(
        "leaderboards"
    ),
) -> None:
    """List all boards below a folder with their verdicts, in its README.md.

    Once it is there, publishing a board below the folder keeps it up to date.
    """
    from igds_bench.report.publish.gallery import write_gallery

    Console().print(f"Gallery: {write_gallery(folder)}", highlight=False, soft_wrap=True)
