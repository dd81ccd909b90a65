"""Folders for unfinished work, of which every process that shares a run folder has its own."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


@contextmanager
def own_folder(place: Path) -> Iterator[Path]:
    """Lend a folder below ``place`` that is this process's alone, removed once the block succeeds.

    What another process of this machine left there when it ended is taken over, so that work goes
    on where it stopped. What a living process has, or one of another machine, is never touched.

    Args:
        place: names the work, by its key.
    """
    own = place / f"{platform.node()}-{os.getpid()}"
    if not own.exists():
        place.mkdir(parents=True, exist_ok=True)
        for folder in _left_behind(place):
            with contextlib.suppress(OSError):  # another process took it first
                folder.rename(own)
                break
    own.mkdir(parents=True, exist_ok=True)
    yield own
    for folder in (own, *_left_behind(place)):
        shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # others are still at it
        place.rmdir()


def _left_behind(place: Path) -> list[Path]:
    """Return the folders of processes of this machine that have ended, the newest first."""
    found = []
    for folder in place.glob(f"{platform.node()}-*"):
        number = folder.name.rsplit("-", 1)[1]
        if number.isdecimal() and not psutil.pid_exists(int(number)):
            with contextlib.suppress(FileNotFoundError):  # another process took it just now
                found.append((folder.stat().st_mtime, folder))
    return [folder for _, folder in sorted(found, reverse=True)]
