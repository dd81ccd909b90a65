"""Rows of projected gradients on disk, in half precision, written in order and resumable."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from igds_bench.atomic import write_text


class GradientStore:
    """A memory-mapped float16 array (rows, dimension) that knows how many of its rows are done.

    Args:
        file: the ``.npy`` file; the count lies beside it, in ``.done``.
        rows: N; the file takes 2 N d bytes.
        dimension: d.
    """

    def __init__(self, file: Path, rows: int, dimension: int) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._count = file.with_suffix(".done")
        self.done = int(self._count.read_text()) if self._count.exists() else 0
        """Rows that are written."""
        self.array: NDArray[np.float16] = np.lib.format.open_memmap(
            file, "r+" if self.done else "w+", np.float16, (rows, dimension)
        )

    def append(self, rows: NDArray[np.float16]) -> None:
        """Write the next rows; they count as done once they are on disk."""
        end = self.done + len(rows)
        self.array[self.done : end] = rows
        self.array.flush()  # type: ignore[attr-defined]
        write_text(self._count, str(end))
        self.done = end
