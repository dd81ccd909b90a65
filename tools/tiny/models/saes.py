"""Sparse autoencoders on the base model's residual stream, one per layer, trained with sae-lens.

BatchTopK in training, saved as JumpReLU. Residuals at t* make up a part of every batch: pooled
over a corpus they are rare, and an SAE then explains little of what differs between two prompts of
one task there, which is what a selection score reads.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from random import Random
from typing import Any

import torch
from sae_lens import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig
from sae_lens.config import LoggingConfig, SAETrainerConfig
from sae_lens.training.sae_trainer import SAETrainer

from igds_bench.modeling.load import LanguageModel
from tools.tiny.models.pretrain import MODEL_NAME
from tools.tiny.models.residuals import critical_residuals, is_data, token_residuals
from tools.tiny.models.tokenizer import BLOCK, packed
from tools.tiny.text.corpus import (
    BALANCED_MIX,
    TASK_STUBS,
    documents,
    leaks,
    rendered,
)
from tools.tiny.text.pools import SEED, generator
from tools.tiny.text.skills import draw_skill
from tools.tiny.text.styles import restyle
from tools.tiny.text.tasks import TASKS

log = logging.getLogger(__name__)

EXERCISE_SHARE, OWN_STUB_SHARE = 0.7, 0.7
"""Share of tasks' exercises among the prompts, and of those that end in their own task's stub."""
PROMPT_STYLES = {"plain": 0.6, "polite": 0.15, "numbered": 0.05, "sloppy": 0.2}


@dataclass(frozen=True)
class Settings:
    """How the SAEs are trained."""

    samples: int = 1_000_000
    """Residual vectors per SAE; the stored ones are passed over more than once."""
    width: int = 1024
    active: int = 24
    """Mean number of active features that training asks for."""
    batch: int = 2048
    critical_share: float = 0.12
    """Share of each batch that is taken at t* of task prompts."""
    documents: int = 15_000
    prompts: int = 15_000
    rate: float = 1e-3
    last_rate: float = 1e-4
    seed: int = SEED
    """Of the initial weights and of the order of the samples; the text is the same for all."""
    layers: tuple[int, ...] | None = None
    """Blocks after which an SAE is trained; None is every block."""

    @property
    def threshold_rate(self) -> float:
        """Rate of the moving average that becomes the saved threshold.

        It starts at 0. A fixed rate leaves it far below its final value after a few steps, and the
        saved SAE then has an L0 well over ``active``; so a short run averages over its last eighth.
        """
        return min(1.0, max(0.05, 8 * self.batch / self.samples))


def task_prompt(r: Random) -> str:
    """Draw a prompt in a task's stub: about half on-task, half off-task as in a pool."""
    if r.random() < EXERCISE_SHARE:
        task = TASKS[r.choice(sorted(TASKS))]
        text = task.draw(r, False).text
        stub = task.stub if r.random() < OWN_STUB_SHARE else r.choice(TASK_STUBS)
    else:
        text, stub = draw_skill(r)[1][0], r.choice(TASK_STUBS)
    return rendered(restyle(r, text, PROMPT_STYLES), stub)


def task_prompts(count: int) -> list[str]:
    """Return prompts for residuals at t*; none is of a target split."""
    r = generator("sae prompts")
    drawn = (task_prompt(r) for _ in repeat(None))
    return list(islice((prompt for prompt in drawn if not leaks(prompt)), count))


def training_residuals(lm: LanguageModel, settings: Settings) -> tuple[torch.Tensor, torch.Tensor]:
    """Return residuals of the corpus and at t*, each of shape (layers, samples, width)."""
    stream = islice(documents("saes", BALANCED_MIX), settings.documents)
    blocks = packed(lm.tokenizer, stream)
    corpus = token_residuals(lm, blocks, is_data(lm, blocks))
    critical = critical_residuals(lm, task_prompts(settings.prompts))
    log.info(
        "SAE training residuals: %d of the corpus, %d at t*", corpus.shape[1], len(critical[0])
    )
    return corpus, critical


def _rounds(samples: torch.Tensor, size: int, seed: int) -> Iterator[torch.Tensor]:
    """Yield ``size`` samples at a time, in another order in each round, without end."""
    r = torch.Generator().manual_seed(seed)
    size = min(size, len(samples))
    while True:
        order = torch.randperm(len(samples), generator=r)
        for start in range(0, len(order) - size + 1, size):
            yield samples[order[start : start + size]]


def mixed_batches(
    corpus: torch.Tensor, critical: torch.Tensor, settings: Settings
) -> Iterator[torch.Tensor]:
    """Yield batches of shape (batch, width) with the settings' share of residuals at t*."""
    share = round(settings.batch * settings.critical_share)
    if share == 0:
        yield from _rounds(corpus, settings.batch, settings.seed)
        return
    streams = (
        _rounds(corpus, settings.batch - share, settings.seed),
        _rounds(critical, share, settings.seed + 1),
    )
    for parts in zip(*streams, strict=True):
        yield torch.cat(parts)


def _trained(batches: Iterator[torch.Tensor], width_in: int, settings: Settings) -> Any:
    """Train one SAE with sae-lens and return it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        sae = BatchTopKTrainingSAE(
            BatchTopKTrainingSAEConfig(
                d_in=width_in,
                d_sae=settings.width,
                k=settings.active,
                topk_threshold_lr=settings.threshold_rate,
                normalize_activations="expected_average_only_in",
            )
        )
    steps = settings.samples // settings.batch
    config = SAETrainerConfig(
        total_training_samples=settings.samples,
        train_batch_size_samples=settings.batch,
        lr=settings.rate,
        lr_end=settings.last_rate,
        lr_warm_up_steps=min(50, steps // 4),
        lr_decay_steps=steps // 4,
        dead_feature_window=40,
        feature_sampling_window=200,
        n_batches_for_norm_estimate=20,
        logger=LoggingConfig(log_to_wandb=False),
    )
    return SAETrainer(config, sae, batches).fit()


def train_saes(
    lm: LanguageModel,
    folder: Path,
    settings: Settings,
    residuals: tuple[torch.Tensor, torch.Tensor] | None = None,
) -> None:
    """Train an SAE after every block that is asked for and save it as ``folder/layer_<l>``.

    Args:
        lm: the base model.
        folder: of the suite.
        settings: how the SAEs are trained.
        residuals: what ``training_residuals`` gave for all layers; None computes it.
    """
    corpus, critical = training_residuals(lm, settings) if residuals is None else residuals
    for layer in range(len(corpus)) if settings.layers is None else settings.layers:
        batches = mixed_batches(corpus[layer], critical[layer], settings)
        sae = _trained(batches, corpus.shape[-1], settings)
        metadata = sae.cfg.metadata
        metadata.model_name = MODEL_NAME
        metadata.hook_name = f"model.layers.{layer}"
        metadata.hook_point = "resid_post"
        metadata.hook_layer = layer
        metadata.context_size = BLOCK
        metadata.prepend_bos = True
        metadata.neuronpedia_id = None
        metadata.training_samples = settings.samples
        metadata.critical_share = settings.critical_share
        sae.save_inference_model(folder / f"layer_{layer}")
        log.info("SAE of layer %d saved", layer)
