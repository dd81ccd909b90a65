"""``igds-bench verify``: check a folder's hashes, compute its scores again, re-run some cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from igds_bench.core.record.checked import Checked

if TYPE_CHECKING:
    from igds_bench.harness.verify.rerun import Again

TOLERANCE = 0.5
"""Points of the primary metric by which a cell that is run again may differ."""


def verify(
    folder: Annotated[Path, typer.Argument(help="A run or leaderboard folder.")],
    plugin: Annotated[
        list[str] | None,
        typer.Option("--plugin", help="A local plugin file or folder, for the metrics it has."),
    ] = None,
    again: Annotated[
        int, typer.Option("--rerun", min=0, help="Run this many cells again, drawn by the seed.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Of the draw of cells to run again.")] = 0,
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance",
            min=0.0,
            help="Points of the primary metric by which a cell that is run again may differ.",
        ),
    ] = TOLERANCE,
) -> None:
    """Check that a folder's records are whole and that their scores follow from what is stored.

    Nothing in the folder is run unless --rerun asks for it. Exit code 2 if anything is wrong.
    """
    from igds_bench.cli.board.checklist import print_checks
    from igds_bench.harness.verify.recompute import recompute
    from igds_bench.plugin.manager import create_plugin_manager
    from igds_bench.plugin.registry import build_registries
    from igds_bench.report.publish.checks import check_records
    from igds_bench.report.read.records import read_records

    console = Console()
    checks = check_records(folder, plugin or ())
    records = read_records(folder).ok
    registries = build_registries(create_plugin_manager(extra=tuple(plugin or ())))
    with console.status("computing scores again") as status:
        checks += recompute(folder, records, registries, lambda name: status.update(f"{name}"))
    if again:
        from igds_bench.harness.verify.rerun import rerun

        found = rerun(folder, records, again, seed, console)
        console.print(_differences(found))
        checks.append(_compared(found, tolerance))
    print_checks(checks, console)
    if any(check.problems for check in checks):
        raise typer.Exit(2)


def _differences(found: Sequence[Again]) -> Table:
    table = Table("cell", "metric", title="Run again", title_justify="left")
    for name in ("recorded", "again", "difference"):
        table.add_column(name, justify="right")
    table.add_column("inputs")
    for line in found:
        shown = "failed" if line.again is None else f"{line.again:.3f}"
        difference = "" if line.difference is None else f"{line.difference:+.3f}"
        keys = "same key" if line.same_key else "another key"
        table.add_row(line.cell, line.metric, f"{line.recorded:.3f}", shown, difference, keys)
    return table


def _compared(found: Sequence[Again], tolerance: float) -> Checked:
    """Say which cells came out further apart than the tolerance."""
    problems = []
    for line in found:
        if not line.primary:
            continue
        if line.difference is None:
            problems.append(f"{line.cell}: could not be run again: {line.reason or 'no score'}")
        elif abs(line.difference) > tolerance:
            problems.append(
                f"{line.cell}: {line.metric} is {line.recorded:.3f} in the record and "
                f"{line.again:.3f} now, more than {tolerance:g} apart."
            )
    cells = {line.cell for line in found}
    what = f"cells that are run again come within {tolerance:g} of their record"
    other = {line.cell for line in found if not line.same_key}
    note = (
        f"{len(other)} of {len(cells)} have another key now: code or inputs differ from the "
        "record's, so a difference need not be chance."
        if other
        else ""
    )
    return Checked(what, len(cells), tuple(problems), note)
