"""Compare every number of rendered boards: ``python -m tools.compare_boards BEFORE AFTER``.

Each is the folder of a board, or of several, or one as committed: ``main:leaderboards/embedded``.
Tables and texts must be equal byte by byte, the last digit of every number with them; pages and
figures are not looked at. What differs is told by file and line, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

log = logging.getLogger(__name__)

NUMBERS = ("leaderboard.json", "leaderboard.csv", "leaderboard.tex", "README.md")
SHOWN = 3
"""Differing lines of a file that are shown; the others are counted."""


def read(place: str) -> dict[str, bytes]:
    """Return the files with numbers of a board or a folder of boards, by their paths below it.

    Raises:
        ValueError: there is no board; tells what git said, where it was asked.
    """
    committed = ":" in place and not Path(place).is_dir()
    if committed:
        names = _git("ls-tree", "-r", "--name-only", "--full-tree", place).decode().splitlines()
    else:
        names = [path.relative_to(place).as_posix() for path in Path(place).rglob("*.*")]
    kept = [name for name in names if name.rsplit("/", 1)[-1] in NUMBERS]
    if not any(name.endswith(NUMBERS[0]) for name in kept):
        raise ValueError(f"{place} holds no {NUMBERS[0]}, nor does a folder in it: name a board.")
    if committed:
        return {name: _git("show", f"{place.rstrip('/')}/{name}") for name in kept}
    return {name: Path(place, name).read_bytes() for name in kept}


def _git(*command: str) -> bytes:
    done = subprocess.run(["git", *command], capture_output=True, check=False)
    if done.returncode:
        raise ValueError(f"git {' '.join(command)}: {done.stderr.decode().strip()}")
    return done.stdout


def differences(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[str]:
    """Yield one sentence for every file that is missing on a side, or differs, with its lines."""
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            yield f"{name} is only {'after' if name in after else 'before'}."
        elif before[name] != after[name]:
            sides = (s[name].decode(errors="surrogateescape").split("\n") for s in (before, after))
            pairs = enumerate(zip_longest(*sides), 1)
            lines = [f"line {n}: {a!r} became {b!r}" for n, (a, b) in pairs if a != b]
            more = f"; {len(lines) - SHOWN} lines more" if len(lines) > SHOWN else ""
            yield f"{name} differs: {'; '.join(lines[:SHOWN])}{more}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="tools.compare_boards", description=__doc__)
    parser.add_argument("places", nargs=2, metavar="BOARD", help="a folder, or REVISION:FOLDER")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        before, after = map(read, parser.parse_args(arguments).places)
    except ValueError as error:
        parser.error(f"{error}")
    found = [*differences(before, after)]
    log.info("\n".join(found) or f"{len(before)} files are equal byte by byte.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
