"""``igds-bench watch``: what a run is at, from its folder alone."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table

from igds_bench.cli.common import duration
from igds_bench.errors import DataError

if TYPE_CHECKING:
    from igds_bench.harness.run.journal import Told

SHOWN = 5
"""Failures that are listed."""


def watch(
    run: Annotated[Path, typer.Argument(help="The folder of a run.")],
    every: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Print one look and end.")] = False,
) -> None:
    """Show a run's cells, stages, time left and failures while it goes on; it ends with the run.

    Only the run's folder is read: watching from another terminal or machine changes nothing. A run
    that has not begun is waited for.
    """
    from igds_bench.harness.run.journal import read_journals

    if once and not run.is_dir():
        raise DataError(f"{run} does not exist: name the folder of a run, such as runs/demo.")
    console = Console()
    if once:
        console.print(frame(run, read_journals(run), datetime.now(UTC)))
        return
    with Live(console=console, auto_refresh=False) as live:
        while True:
            told = read_journals(run)
            live.update(frame(run, told, datetime.now(UTC)), refresh=True)
            if told and not any(process.is_alive for process in told):
                return
            time.sleep(every)


def frame(run: Path, told: Sequence[Told], now: datetime) -> RenderableType:
    """Return one look at a run, of one or more processes that share its folder."""
    if not run.is_dir():
        return f"{run}: no such folder yet; waiting for a run to begin."
    if not told:
        kept = len(list((run / "records").glob("*.json")))
        return f"{run}: no process has written what it does; {kept} records are there."
    status = {cell: word for process in told for cell, word in process.status.items()}
    total = len({cell for process in told for cell in process.cells})
    head = _head(run, told, now, Counter(status.values()), total)
    bar = Padding(ProgressBar(max(1, total), len(status), width=60), (0, 0, 1, 0))
    lines = [*_running(told, now), *_failures(told)]
    # The longest table is last: a terminal that is too low cuts off the end.
    return Group(head, bar, *lines, _stages(told), _cells(told, status))


def _head(run: Path, told: Sequence[Told], now: datetime, words: Counter[str], total: int) -> str:
    passed = (now - min(process.started for process in told)).total_seconds()
    alive = [process for process in told if process.is_alive]
    parts = [f"{words.total()} of {total} cells"]
    parts += [f"{words['taken']} already there"] if words["taken"] else []
    parts += [f"[red]{words['failed']} failed[/red]"] if words["failed"] else []
    if alive:
        left = max(process.seconds_left(now) for process in alive)
        parts += [f"running for {duration(passed)}", f"about {duration(left)} left"]
    elif all(process.ended for process in told):
        parts.append("ended")
    else:
        parts.append("[red]stopped before its end[/red]: the same command goes on from there")
    return f"[bold]{escape(str(run))}[/bold]: " + ", ".join(parts)


def _cells(told: Sequence[Told], status: dict[str, str]) -> Table:
    """Return one row per selector, one column per task and model: cells done of all."""
    cells = {cell: place for process in told for cell, place in process.cells.items()}
    current = {process.cell for process in told if process.is_alive}
    boards = list(dict.fromkeys((task, model) for task, model, _ in cells.values()))
    table = Table("cells", *(f"{task}, {model}" for task, model in boards), box=SIMPLE)
    for selector in dict.fromkeys(selector for _, _, selector in cells.values()):
        row = [[c for c, place in cells.items() if place == (*board, selector)] for board in boards]
        table.add_row(escape(selector), *(_count(part, status, current) for part in row))
    return table


def _count(cells: Sequence[str], status: dict[str, str], current: set[str]) -> str:
    if not cells:
        return ""
    failed = sum(status.get(cell) == "failed" for cell in cells)
    done = sum(cell in status for cell in cells) - failed
    text = f"{done}/{len(cells)}" + (f" [red]{failed} failed[/red]" if failed else "")
    if current & set(cells):
        return f"[yellow]{text} running[/yellow]"
    return f"[green]{text}[/green]" if done == len(cells) else text


def _stages(told: Sequence[Told]) -> Table:
    """Return one row per kind of stage: how many were computed of how many, and their time."""
    table = Table("stages", box=SIMPLE)
    for name in ("computed", "took", "planned"):
        table.add_column(name, justify="right")
    kinds: dict[str, list[float]] = {}
    for process in told:
        for label, kind, estimated in process.stages:
            row = kinds.setdefault(kind, [0, 0, 0.0, 0.0])
            row[1] += 1
            if label in process.took:
                row[0] += 1
                row[2] += process.took[label]
                row[3] += estimated
    order = list(dict.fromkeys(kind for process in told for kind in (*process.kinds, *kinds)))
    for kind in sorted(kinds, key=order.index):
        done, total, took, planned = kinds[kind]
        times = (duration(took), duration(planned)) if done else ("", "")
        table.add_row(kind, f"{done:.0f}/{total:.0f}", *times)
    return table


def _running(told: Sequence[Told], now: datetime) -> list[str]:
    lines = []
    for process in told:
        if process.is_alive and process.stage and process.since is not None:
            passed = (now - process.since).total_seconds()
            estimated = {label: seconds for label, _, seconds in process.stages}
            about = estimated.get(process.stage)
            planned = "" if about is None else f" of about {duration(about)}"
            lines.append(f"now: {escape(process.stage)}, for {duration(passed)}{planned}")
    return lines


def _failures(told: Sequence[Told]) -> list[str]:
    failed = [
        (cell, process.reasons[cell])
        for process in told
        for cell, word in process.status.items()
        if word == "failed"
    ]
    lines = [f"[red]failed[/red] {escape(c)}: {escape(why)}" for c, why in failed[-SHOWN:]]
    more = len(failed) - SHOWN
    return [*([f"[red]{more} earlier failures[/red]"] if more > 0 else []), *lines]
