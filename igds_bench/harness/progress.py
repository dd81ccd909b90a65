"""Progress of a grid: live bars on a terminal, one line per cell elsewhere, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

T = TypeVar("T")


class Progress:
    """Shows the grid's cells and, below them, the stage that runs.

    Args:
        console: where to show it; None shows nothing.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console
        self._live: RichProgress | None = None
        self._cells: object = None

    @contextmanager
    def grid(self, total: int) -> Iterator[None]:
        """Show a bar of ``total`` cells for as long as the block runs."""
        if self.console is None or not self.console.is_terminal:
            yield
            return
        self._live = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
        )
        with self._live:
            self._cells = self._live.add_task("[bold]cells", total=total)
            yield
        self._live = None

    def cell_done(self, line: str) -> None:
        """Count a cell; without bars, write its line."""
        if self._live is not None:
            self._live.advance(self._cells)  # type: ignore[arg-type]
            self._live.console.print(line, highlight=False)
        elif self.console is not None:
            self.console.print(line, highlight=False, soft_wrap=True)

    def track(
        self, items: Iterable[T], description: str = "", total: int | None = None
    ) -> Iterator[T]:
        """Yield ``items``, showing how many are done."""
        if self._live is None:
            yield from items
            return
        if total is None and hasattr(items, "__len__"):
            total = len(items)  # type: ignore[arg-type]
        task = self._live.add_task(description, total=total)
        try:
            for item in items:
                yield item
                self._live.advance(task)
        finally:
            self._live.remove_task(task)

    @contextmanager
    def steps(self, description: str) -> Iterator[Callable[[int, int], None]]:
        """Lend a function that is told (done, total) as the block goes on."""
        if self._live is None:
            yield lambda done, total: None
            return
        live = self._live
        task = live.add_task(description, total=None)
        try:
            yield lambda done, total: live.update(task, completed=done, total=total)
        finally:
            live.remove_task(task)
