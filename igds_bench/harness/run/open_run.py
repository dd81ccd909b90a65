"""Open a grid's run folder to work on it: what every process of a run begins with."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from igds_bench.config import BenchConfig
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.kinds import Kinds
from igds_bench.harness.plan.resolve import open_grid
from igds_bench.harness.progress import Progress
from igds_bench.harness.run.execute import Executor
from igds_bench.harness.stages import KINDS
from igds_bench.harness.store import Store


def open_run(
    config: BenchConfig,
    folder: Path,
    console: Console | None = None,
    run: str = "",
    kinds: Kinds = KINDS,
) -> Executor:
    """Check a grid, lay it out, and return what runs its stages, one at a time, in this process.

    An engine calls it in each of its processes; labels of stages are the same in all of them.

    Args:
        config: the grid.
        folder: the run folder, which all processes share.
        console: where progress is shown; None shows nothing.
        run: names the run, equally in all of its processes.
        kinds: the table of kinds of stage.

    Raises:
        PlanError: something in the grid can't work.
    """
    _, bench = open_grid(config)
    set_threads(config.threads)
    return Executor(bench, make_plan(bench, kinds), Store(folder), Progress(console), run)


def set_threads(threads: int | None) -> None:
    """Set torch's CPU threads; None leaves the number to torch."""
    import torch

    if threads is not None:
        torch.set_num_threads(threads)
