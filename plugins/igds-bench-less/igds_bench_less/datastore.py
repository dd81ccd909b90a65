"""The gradients of pool and target at every checkpoint of the warm-up, projected and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.seeding import content_key
from igds_bench_less.adapter import Adapter, build_adapter
from igds_bench_less.projection import Projection
from igds_bench_less.store import GradientStore
from igds_bench_less.warmup import BETAS, EPSILON, Checkpoint, load, warm_up

if TYPE_CHECKING:
    from igds_bench_less.selector import Less

GRADIENT_BYTES = 2**30
"""Memory of the gradients that are projected together; the projection is drawn once for all."""
MOST_TOGETHER = 64


@dataclass(frozen=True)
class Stored:
    """The projected gradients at one checkpoint, float16 with rows of norm 1."""

    pool: NDArray[np.float16]
    """Adam's directions, (N, d), in the order of the pool."""
    target: NDArray[np.float16]
    """Plain gradients, (Z, d), in the order of the target."""
    eta: float


def adam_direction(gradient: Tensor, checkpoint: Checkpoint, eps_inside_root: bool) -> Tensor:
    """Return the update that Adam would make for a gradient (P,), up to its learning rate.

    ``m' / (sqrt(v') + eps)`` with ``m' = b1 m + (1 - b1) g`` and ``v' = b2 v + (1 - b2) g^2``
    (section 3.1). The moments' bias correction would only scale it, but for the weight of eps.
    """
    first = BETAS[0] * checkpoint.first + (1 - BETAS[0]) * gradient
    second = BETAS[1] * checkpoint.second + (1 - BETAS[1]) * gradient**2
    if eps_inside_root:
        return first / (second + EPSILON).sqrt()
    return first / (second.sqrt() + EPSILON)


def plain(gradient: Tensor) -> Tensor:
    """Return the gradient itself, which is what a target sample is represented by."""
    return gradient


def collect(
    settings: Less, pool: Pool, target: Pool, context: SelectionContext, folder: Path
) -> list[Stored]:
    """Return the stores of every checkpoint, computing what is missing.

    Args:
        settings: the selector.
        pool: N examples.
        target: Z samples.
        context: lends the model, which stays as it is, and the progress bar.
        folder: where checkpoints and stores are kept, 2 (N + Z) d bytes per checkpoint.
    """
    adapter = build_adapter(context.model("base"), settings, context.seed)
    projection = Projection(context.seed, settings.dimension)
    files = warm_up(adapter, pool, settings, context, folder)
    key = content_key(target.ids)
    found = []
    for number, file in enumerate(files, start=1):
        checkpoint = load(file, adapter)
        adam = partial(
            adam_direction, checkpoint=checkpoint, eps_inside_root=settings.eps_inside_root
        )
        place = folder / f"checkpoint-{number}"
        stores = []
        for examples, name, direction in ((target, f"target-{key}", plain), (pool, "pool", adam)):
            store = GradientStore(place / f"{name}.npy", len(examples), settings.dimension)
            fill = partial(_directions, adapter, projection, direction)
            label = f"gradients of the {name.split('-')[0]}, checkpoint {number} of {len(files)}"
            starts = range(store.done, len(examples), together(adapter.size))
            for start in context.progress(starts, label, len(starts)):
                store.append(fill(examples[start : start + starts.step]))
            stores.append(store.array)
        found.append(Stored(pool=stores[1], target=stores[0], eta=checkpoint.eta))
    return found


def together(size: int) -> int:
    """Return how many gradients of this size are projected at a time."""
    return max(1, min(MOST_TOGETHER, GRADIENT_BYTES // (4 * size)))


def _directions(
    adapter: Adapter,
    projection: Projection,
    direction: Callable[[Tensor], Tensor],
    examples: Pool,
) -> NDArray[np.float16]:
    """Return the projected directions of a few examples, float16 (n, d), each of norm 1.

    The norm is taken before the rounding: half precision holds no small gradient.
    """
    gradients = torch.empty(len(examples), adapter.size, device=adapter.device)
    for row, tokens in enumerate(adapter.encode(examples)):
        gradients[row] = direction(adapter.gradient(tokens))
    found: NDArray[np.float16] = normalize(projection(gradients), dim=1).half().cpu().numpy()
    return found
