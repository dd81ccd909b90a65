"""The score: cosines of stored gradients, summed over checkpoints, the best subtask's mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from igds_bench.errors import StageError

if TYPE_CHECKING:
    from igds_bench_less.datastore import Stored

CHUNK = 4096
"""Rows of a store that are read together."""


def influence(
    checkpoints: Sequence[Stored], subtasks: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Return the influence of every pool example, (N,) (section 4).

    The mean of the cosines with a subtask's samples is the product with the mean of their unit
    vectors, so no (N, Z) matrix is made.

    Args:
        checkpoints: the stores, each with its learning rate.
        subtasks: positions of each subtask's target samples.

    Raises:
        StageError: a target sample's gradient isn't finite.
    """
    total = np.zeros((len(checkpoints[0].pool), len(subtasks)))
    for number, stored in enumerate(checkpoints, start=1):
        target = _unit(stored.target)
        if not np.isfinite(target).all():
            raise StageError(
                f"a target sample has no finite gradient at checkpoint {number} of less: lower "
                "its `learning_rate` or `alpha`."
            )
        means = np.stack([target[list(places)].mean(axis=0) for places in subtasks], axis=1)
        for start in range(0, len(total), CHUNK):
            rows = slice(start, start + CHUNK)
            total[rows] += stored.eta * (_unit(stored.pool[rows]) @ means)
    return total.max(axis=1)


def _unit(rows: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return rows of norm 1 in float32; the rounding to half precision moved them off it."""
    wide = rows.astype(np.float32)
    norms = np.linalg.norm(wide, axis=1, keepdims=True)
    return wide / np.maximum(norms, np.finfo(np.float32).tiny)
