"""What the benchmark of boards times, each step in a process of its own.

A step's seconds include its imports, and its peak of resident memory is its alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from igds_bench.harness.lend.memory import PeakMemory


@dataclass(frozen=True)
class Step:
    """What one step took."""

    result: Any
    seconds: float
    """Of wall clock."""
    processor: float
    """Seconds of the processor, which a busy machine changes less."""
    gigabytes: float


def write(folder: Path, tasks: int, selectors: int) -> int:
    """Make the run; return its number of records."""
    from tests.benchmarks.board.made import write_run

    return write_run(folder / "run", tasks, selectors)


def compact(folder: Path) -> float:
    """Publish the run as far as its data goes; return the megabytes of the folder."""
    from igds_bench.report.publish.publish import copy_records

    board = folder / "board"
    copy_records([folder / "run"], board)
    return size_of(board)


def judge(folder: Path) -> tuple[int, int]:
    """Read and judge the published folder; return its rows and verdicts."""
    from igds_bench.report.board.leaderboard import build_leaderboard

    rows = [row for part in build_leaderboard(folder / "board").boards for row in part.rows]
    return len(rows), sum(row.verdict is not None for row in rows)


def judge_and_render(folder: Path) -> float:
    """Read, judge and write every format; return the megabytes of what was written."""
    from igds_bench.report.board.leaderboard import build_leaderboard
    from igds_bench.report.render import render

    render(build_leaderboard(folder / "board"), folder / "rendered")
    return size_of(folder / "rendered")


def size_of(folder: Path) -> float:
    """Return the megabytes below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def alone(step: Callable[..., Any], *args: Any) -> Step:
    """Run one step in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured, step, *args).result()


def _measured(step: Callable[..., Any], *args: Any) -> Step:
    begun, used = time.perf_counter(), time.process_time()
    with PeakMemory("cpu") as memory:
        result = step(*args)
    seconds, processor = time.perf_counter() - begun, time.process_time() - used
    return Step(result, seconds, processor, (memory.peak or 0) / 2**30)
