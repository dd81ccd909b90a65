"""The LoRA warm-up: a checkpoint per epoch with Adam's moments (section 3.1 and appendix)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.utils import clip_grad_norm_, parameters_to_vector, vector_to_parameters

from igds_bench.atomic import replacing
from igds_bench.core.data import Pool
from igds_bench.core.seeding import keyed_order
from igds_bench.errors import StageError
from igds_bench_less.adapter import Adapter, seeded

if TYPE_CHECKING:
    from igds_bench.core.protocols import SelectionContext
    from igds_bench_less.selector import Less

BETAS = (0.9, 0.999)
EPSILON = 1e-8
MAX_NORM = 1.0
"""Gradients are scaled down to this norm, the default of the trainer that the original uses."""
RISING_SHARE = 0.03
"""Share of the steps over which the learning rate rises."""


@dataclass(frozen=True)
class Checkpoint:
    """What an epoch leaves behind; tensors are float32 of shape (P,)."""

    weights: Tensor
    first: Tensor
    """Adam's running mean of gradients, m."""
    second: Tensor
    """Adam's running mean of squared gradients, v."""
    eta: float
    """Mean learning rate of the epoch."""


def schedule(step: int, total: int) -> float:
    """Return the factor of the learning rate at a step, counted from 0; it is never 0."""
    rising = math.ceil(RISING_SHARE * total)
    return min((step + 1) / rising, (total - step) / max(1, total - rising), 1.0)


def warm_up(
    adapter: Adapter, pool: Pool, settings: Less, context: SelectionContext, folder: Path
) -> list[Path]:
    """Train the adapter on a share of the pool and return the checkpoints' files, one per epoch.

    A warm-up that is there is not trained again; an interrupted one starts anew.

    Raises:
        StageError: the loss is no number.
    """
    files = [folder / f"epoch-{n}.safetensors" for n in range(1, settings.epochs + 1)]
    if all(file.exists() for file in files):
        return files
    folder.mkdir(parents=True, exist_ok=True)
    batches = _batches(pool, settings, context.seed)
    per_epoch = len(batches) // settings.epochs
    rates = [settings.learning_rate * schedule(s, len(batches)) for s in range(len(batches))]
    optimizer = torch.optim.AdamW(
        adapter.parameters, lr=rates[0], betas=BETAS, eps=EPSILON, weight_decay=0.0
    )
    adapter.model.train()
    with seeded(context.seed, "warm-up"):
        steps = context.progress(batches, "LoRA warm-up", len(batches))
        for step, ids in enumerate(steps, start=1):
            optimizer.param_groups[0]["lr"] = rates[step - 1]
            _step(adapter, optimizer, pool.take(ids))
            if step % per_epoch == 0:
                eta = sum(rates[step - per_epoch : step]) / per_epoch
                save(files[step // per_epoch - 1], _state(adapter, optimizer, eta))
    adapter.model.eval()
    return files


def _batches(pool: Pool, settings: Less, seed: int) -> list[list[str]]:
    """Return the ids of every step: the drawn share, shuffled anew in every epoch."""
    count, size = max(1, round(settings.warmup_share * len(pool))), settings.batch_size
    chosen = keyed_order(pool.ids, seed, "less-warm-up")[:count]
    batches = []
    for epoch in range(settings.epochs):
        order = keyed_order(chosen, seed, f"less-epoch-{epoch}")
        batches += [order[start : start + size] for start in range(0, count, size)]
    return batches


def _step(adapter: Adapter, optimizer: torch.optim.AdamW, batch: Pool) -> None:
    """Make one step on the mean of the examples' losses."""
    optimizer.zero_grad()
    for tokens in adapter.encode(batch):
        loss = adapter.loss(tokens) / len(batch)
        if not math.isfinite(loss.item()):
            raise StageError(
                f"the warm-up of less diverged: a loss is {loss.item()}. Lower its "
                "`learning_rate` or `alpha`."
            )
        loss.backward()
    clip_grad_norm_(adapter.parameters, MAX_NORM)
    optimizer.step()


def _state(adapter: Adapter, optimizer: torch.optim.AdamW, eta: float) -> Checkpoint:
    states = [optimizer.state[parameter] for parameter in adapter.parameters]
    return Checkpoint(
        weights=parameters_to_vector(adapter.parameters).detach().float(),
        first=torch.cat([state["exp_avg"].reshape(-1).float() for state in states]),
        second=torch.cat([state["exp_avg_sq"].reshape(-1).float() for state in states]),
        eta=eta,
    )


def save(file: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; the file is there only once it is whole."""
    tensors = {name: getattr(checkpoint, name) for name in ("weights", "first", "second")}
    with replacing(file) as temporary:
        save_file(tensors, temporary, metadata={"eta": repr(checkpoint.eta)})


def load(file: Path, adapter: Adapter) -> Checkpoint:
    """Read a checkpoint and put its weights into the adapter."""
    with safe_open(file, "pt", device=str(adapter.device)) as stored:
        weights, first, second = (stored.get_tensor(n) for n in ("weights", "first", "second"))
        eta = float(stored.metadata()["eta"])
    with torch.no_grad():
        vector_to_parameters(weights, adapter.parameters)
    return Checkpoint(weights, first, second, eta)
