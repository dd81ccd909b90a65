"""Time a leaderboard of many records: ``python -m tests.benchmarks.board [--full] [--out FILE]``.

A made run is published, read and judged, and rendered, each in a process of its own, whose seconds
include its imports and whose peak of resident memory is that step's alone.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.board.steps import alone, compact, judge, judge_and_render, write

SIZES = {"500 cells": (5, 5), "10,000 records": (10, 50)}
"""Tasks and selectors, each at 4 budgets with 5 seeds."""
TARGETS = {"500 cells": (10.0, 4.0), "10,000 records": (60.0, 4.0)}
"""Seconds and GiB that reading and judging may take."""
PACKAGES = ("numpy", "scipy", "pyarrow", "pydantic", "matplotlib")


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
