"""Train sparse autoencoders on the residual stream of a language model, with sae-lens's trainer.

The model's residuals are streamed: a bounded number of them is held, shuffled and served in
batches, and the text is read again when it runs out. The order is a function of the seed, and how
many batches a stretch of text gives is known without the model, so that an interrupted run goes on
where it stopped, at the next batch.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import torch
from sae_lens import (
    BatchTopKTrainingSAE,
    BatchTopKTrainingSAEConfig,
    GatedTrainingSAE,
    GatedTrainingSAEConfig,
    JumpReLUTrainingSAE,
    JumpReLUTrainingSAEConfig,
    MatryoshkaBatchTopKTrainingSAE,
    MatryoshkaBatchTopKTrainingSAEConfig,
    StandardTrainingSAE,
    StandardTrainingSAEConfig,
    TopKTrainingSAE,
    TopKTrainingSAEConfig,
)
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.constants import ACTIVATION_SCALER_CFG_FILENAME
from sae_lens.training.sae_trainer import SAETrainer

from igds_bench.atomic import replacing
from igds_bench.features.saes.text import data_positions, residual_batches
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.tokens import puts_bos

log = logging.getLogger(__name__)

_CLASSES: dict[str, tuple[Any, Any]] = {
    "batchtopk": (BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig),
    "jumprelu": (JumpReLUTrainingSAE, JumpReLUTrainingSAEConfig),
    "topk": (TopKTrainingSAE, TopKTrainingSAEConfig),
    "standard": (StandardTrainingSAE, StandardTrainingSAEConfig),
    "gated": (GatedTrainingSAE, GatedTrainingSAEConfig),
    "matryoshka": (MatryoshkaBatchTopKTrainingSAE, MatryoshkaBatchTopKTrainingSAEConfig),
}
_JUMPRELU = {
    "jumprelu_bandwidth": 2.0,
    "jumprelu_init_threshold": 0.1,
    "jumprelu_ste_to_input": True,
}
"""With sae-lens's own values, four fifths of all features stay active over short runs."""
BUFFER_VALUES = 2**25
"""Numbers held for shuffling, 128 MiB in float32, unless ``BUFFER_BATCHES`` need more."""
BUFFER_BATCHES = 16
NORM_BATCHES = 20
"""Batches, at most, that the mean norm of the residuals is estimated on."""
CHECKPOINTS = 9
"""Checkpoints of each layer's training; only the newest is kept."""
_CHECKPOINTS_FOLDER = ".checkpoints"


@dataclass(frozen=True)
class SAESettings:
    """How the SAEs of a suite are trained."""

    architecture: str
    """One of ``batchtopk``, ``jumprelu``, ``topk``, ``standard``, ``gated``, ``matryoshka``."""
    width: int
    """Number of features."""
    sparsity: dict[str, float]
    """sae-lens's own parameter: ``k``, ``l0_coefficient`` or ``l1_coefficient``."""
    samples: int
    """Residual vectors per SAE."""
    batch: int
    context: int
    """Tokens of a block."""
    lr: float
    """Adam's learning rate; it falls to a tenth of it in the last quarter."""
    seed: int = 0

    @property
    def steps(self) -> int:
        """Training steps."""
        return -(-self.samples // self.batch)

    @property
    def norm_batches(self) -> int:
        """Batches that the mean norm is estimated on."""
        return min(NORM_BATCHES, self.steps)


def make_sae(settings: SAESettings, d_model: int, device: str = "cpu") -> Any:
    """Return an untrained SAE, initialised from the settings' seed.

    The threshold of BatchTopK is a moving average that starts at 0; over a short run it averages
    the last eighth of the steps, so that it settles before the SAE is saved.
    """
    kind, config = _CLASSES[settings.architecture]
    extra: dict[str, Any] = dict(settings.sparsity)
    if settings.architecture in ("batchtopk", "matryoshka"):
        extra["topk_threshold_lr"] = min(1.0, max(0.02, 8 / settings.steps))
    if settings.architecture == "topk":
        extra["k"] = int(extra["k"])
    if settings.architecture == "matryoshka":
        extra["matryoshka_widths"] = [settings.width // 16, settings.width // 4, settings.width]
    if settings.architecture == "jumprelu":
        extra |= _JUMPRELU
    for name in ("l0", "l1"):
        if f"{name}_coefficient" in extra:
            extra[f"{name}_warm_up_steps"] = settings.steps // 10
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return kind(
            config(
                d_in=d_model,
                d_sae=settings.width,
                device=device,
                normalize_activations="expected_average_only_in",
                **extra,
            )
        )


def training_batches(
    lm: LanguageModel, blocks: torch.Tensor, layer: int, settings: SAESettings, skip: int = 0
) -> Iterator[torch.Tensor]:
    """Yield shuffled residuals after a block, without end.

    Args:
        lm: the model.
        blocks: token ids of shape (blocks, length) with at least one batch of data tokens.
        layer: block number, from 0.
        settings: batch size and seed.
        skip: batches to leave out at the start; the model doesn't run for those.

    Yields:
        float32 tensors of shape (batch, d_model), on the model's device.
    """
    held = max(BUFFER_VALUES // lm.d_model, BUFFER_BATCHES * settings.batch)
    counts = data_positions(lm.tokenizer, blocks).sum(1)
    parts = -(-int(counts.sum()) // held)
    for turn in count():
        r = torch.Generator().manual_seed(settings.seed * 1_000_003 + turn)
        for part in torch.randperm(len(blocks), generator=r).tensor_split(parts):
            order = torch.randperm(int(counts[part].sum()), generator=r)
            ready = len(order) // settings.batch
            if skip < ready:
                samples = torch.cat(list(residual_batches(lm, blocks[part], layer)))
                for start in range(skip, ready):
                    rows = order[start * settings.batch : (start + 1) * settings.batch]
                    yield samples[rows.to(samples.device)]
            skip = max(0, skip - ready)


def _trainer(sae: Any, settings: SAESettings, checkpoints: Path) -> Any:
    """Return sae-lens's trainer, at the start or where the newest whole checkpoint is."""

    def keep_newest(checkpoint_path: Path | None) -> None:
        for old in checkpoints.iterdir():
            if old != checkpoint_path:
                shutil.rmtree(old)

    steps = settings.steps
    config = SAETrainerConfig(
        total_training_samples=settings.samples,
        train_batch_size_samples=settings.batch,
        device=str(sae.device),
        lr=settings.lr,
        lr_end=settings.lr / 10,
        lr_warm_up_steps=min(1000, steps // 10),
        lr_decay_steps=steps // 4,
        dead_feature_window=min(1000, max(1, steps // 12)),
        feature_sampling_window=steps + 1,
        n_batches_for_norm_estimate=settings.norm_batches,
        n_checkpoints=CHECKPOINTS,
        checkpoint_path=str(checkpoints),
        logger=LoggingConfig(log_to_wandb=False),
    )
    trainer = SAETrainer(config, sae, iter(()), save_checkpoint_fn=keep_newest)
    newest = newest_checkpoint(checkpoints)
    if newest is not None:
        sae.load_weights_from_checkpoint(newest)
        trainer.load_trainer_state(newest)
        # sae-lens saves before it counts the step.
        trainer.n_training_steps += 1
        passed = trainer.n_training_samples
        trainer.checkpoint_thresholds = [t for t in trainer.checkpoint_thresholds if t >= passed]
        log.info("going on from %d samples", passed)
    return trainer


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the checkpoint with the most samples that was written to its end."""
    whole = [path for path in folder.glob("*") if path.name.isdigit() and _is_whole(path)]
    return max(whole, key=lambda path: int(path.name), default=None)


def _is_whole(checkpoint: Path) -> bool:
    """Return whether the file that sae-lens writes last is readable."""
    try:
        json.loads((checkpoint / ACTIVATION_SCALER_CFG_FILENAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


def train_layer(
    lm: LanguageModel, blocks: torch.Tensor, layer: int, settings: SAESettings, folder: Path
) -> None:
    """Train the SAE after one block and save it as ``folder/layer_<l>``.

    A run that was interrupted goes on from its newest checkpoint, which is removed at the end.

    Args:
        lm: the model.
        blocks: token ids of shape (blocks, length) with at least one batch of data tokens.
        layer: block number, from 0.
        settings: how it is trained.
        folder: of the suite.
    """
    checkpoints = folder / _CHECKPOINTS_FOLDER / f"layer_{layer}"
    checkpoints.mkdir(parents=True, exist_ok=True)
    trainer = _trainer(make_sae(settings, lm.d_model, str(lm.device)), settings, checkpoints)
    done = trainer.n_training_steps
    skip = done + settings.norm_batches if done else 0
    trainer.data_provider = training_batches(lm, blocks, layer, settings, skip)
    sae = trainer.fit()
    metadata = sae.cfg.metadata
    metadata.model_name = lm.name
    metadata.hook_name = f"model.layers.{layer}"
    metadata.hook_point = "resid_post"
    metadata.hook_layer = layer
    metadata.context_size = settings.context
    metadata.prepend_bos = puts_bos(lm.tokenizer)
    metadata.neuronpedia_id = None
    metadata.training_samples = trainer.n_training_samples
    with replacing(folder / f"layer_{layer}") as temporary:
        sae.save_inference_model(temporary)
    shutil.rmtree(checkpoints)
    if not any(checkpoints.parent.iterdir()):
        checkpoints.parent.rmdir()
