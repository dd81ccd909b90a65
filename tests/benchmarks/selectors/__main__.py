"""Time every selector: ``python -m tests.benchmarks.selectors [--full] [--out selectors.md]``.

Set-based ones by the wall clock, the others by processor time; references that run on a seeded
sample are extrapolated, and say so.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch

from tests.benchmarks.selectors import forward, sets, text

HEADER = "| selector | ours, s | reference, s | ratio | note |\n|---|---:|---:|---:|---|"
Line = tuple[str, float, float | None, str]


def lines(full: bool) -> Iterator[Line]:
    """Yield a line per selector and size as soon as it is known."""
    for row in forward.rows(full):
        yield _line(row)
    for row in text.rows(text.FULL if full else text.SMALL, ""):
        yield _line(row)
    for benchmark in sets.BENCHMARKS.values():
        for row in benchmark(full):
            yield _line(row)


def _line(row: object) -> Line:
    return row.name, row.ours, row.reference, row.note  # type: ignore[attr-defined]


def markdown(line: Line) -> str:
    """Return a line as a row of the table."""
    name, ours, reference, note = line
    known = reference is not None
    ratio = f"{reference / ours:.1f}" if known else ""
    return f"| {name} | {ours:.2f} | {f'{reference:.2f}' if known else ''} | {ratio} | {note} |"


def main() -> None:
    """Run, print, and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="the sizes that targets are given for")
    parser.add_argument("--out", type=Path, help="Markdown file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = HEADER
    for line in lines(options.full):
        table += "\n" + markdown(line)
        print(markdown(line), flush=True)  # noqa: T201
        if options.out:
            options.out.write_text(f"# Selectors against the obvious code\n\n{table}\n")


if __name__ == "__main__":
    main()
