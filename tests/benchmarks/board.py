"""Time a leaderboard of many records: ``python -m tests.benchmarks.board [--full] [--out FILE]``.

A made run is published, read and judged, and rendered, each in a process of its own, whose seconds
include its imports and whose peak of resident memory is that step's alone.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from igds_bench.harness.lend.memory import PeakMemory

SIZES = {"500 cells": (5, 5), "10,000 records": (10, 50)}
"""Tasks and selectors, each at 4 budgets with 5 seeds."""
TARGETS = {"500 cells": (10.0, 4.0), "10,000 records": (60.0, 4.0)}
"""Seconds and GiB that reading and judging may take."""
PACKAGES = ("numpy", "scipy", "pyarrow", "pydantic", "matplotlib")


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
    from tests.benchmarks.made_board import write_run

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


def measure(size: str) -> list[str]:
    """Return the lines of the table for one size."""
    tasks, selectors = SIZES[size]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = alone(write, folder, tasks, selectors)
        published, judged = alone(compact, folder), alone(judge, folder)
        rendered = alone(judge_and_render, folder)
    seconds, gigabytes = TARGETS[size]
    rows, verdicts = judged.result
    ours = f"{rows:,} rows, {verdicts:,} verdicts; at most {seconds:g} s and {gigabytes:g} GiB"
    parts = (
        ("publish: copy records, compact examples", published, f"{published.result:.0f} MB"),
        ("board and statistics", judged, ours),
        ("board, statistics and every format", rendered, f"{rendered.result:.0f} MB written"),
    )
    return [
        f"| {made.result:,} records | {what} | {step.seconds:.1f} | {step.processor:.1f} | "
        f"{step.gigabytes:.2f} | {note} |"
        for what, step, note in parts
    ]


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="10,000 records as well")
    parser.add_argument("--out", type=Path, help="Markdown file for the table")
    parser.add_argument("--beside", default="", help="what else the machine was doing")
    options = parser.parse_args()
    sizes = list(SIZES) if options.full else list(SIZES)[:1]
    lines = [line for size in sizes for line in measure(size)]
    facts = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    text = "\n".join(
        [
            "# A leaderboard of many records",
            "",
            "| board | step | seconds | of the processor | peak GiB | |",
            "| --- | --- | ---: | ---: | ---: | --- |",
            *lines,
            "",
            "- Every record has 1,000 test examples with prompt, reference, generation and the "
            "statistics of two metrics; one task in five is judged by BLEU and keeps chrF.",
            "- Every step ran in a process of its own, imports included, files in the page cache.",
            f"- Python {platform.python_version()}, {facts}.",
            *([f"- Beside it: {options.beside}."] if options.beside else []),
        ]
    )
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)  # noqa: T201


if __name__ == "__main__":
    main()
