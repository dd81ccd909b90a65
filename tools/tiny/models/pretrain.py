"""Pretraining of the base model: a four-layer Llama on one pass over the corpus stream.

Settings: AdamW, warm-up, a constant rate and a linear decay over the last fifth of the steps.
Copying appears as a phase change within some hundred steps, so the number of steps was chosen by
scores on ``tune`` for a base that is mediocre at all three tasks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from igds_bench.core.specs import ModelSpec
from igds_bench.modeling.load import LanguageModel, load_language_model
from tools.tiny.models.tokenizer import BLOCK, CONTEXT, encode_documents
from tools.tiny.text.corpus import PRETRAINING_MIX, documents
from tools.tiny.text.pools import SEED

log = logging.getLogger(__name__)

MODEL_NAME = "tiny"
LAYERS, WIDTH, HEADS, FEED_FORWARD = 4, 192, 6, 512


@dataclass(frozen=True)
class Settings:
    """How the base model is pretrained."""

    steps: int = 1100
    tokens_per_step: int = 4096
    block: int = BLOCK
    """Tokens of a block; documents are packed and don't fit block borders."""
    long_every: int = 8
    """Every so many steps the blocks are as long as the context."""
    rate: float = 3e-3
    warm_up_steps: int = 60
    decay_share: float = 0.2
    """Share of the steps, at the end, over which the rate falls to zero."""
    weight_decay: float = 0.05
    betas: tuple[float, float] = (0.9, 0.98)
    clip: float = 1.0

    def rate_at(self, step: int) -> float:
        """Return the learning rate of a zero-based step."""
        decay_steps = max(1, round(self.steps * self.decay_share))
        return self.rate * min(
            1.0, (step + 1) / self.warm_up_steps, (self.steps - step) / decay_steps
        )


def new_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Return the untrained model, the same at every call."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=FEED_FORWARD,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model: LlamaForCausalLM = LlamaForCausalLM(config)
    return model


def token_stream(tokenizer: PreTrainedTokenizerFast) -> Iterator[int]:
    """Yield the tokens of the pretraining corpus without end."""
    stream = documents("pretraining", PRETRAINING_MIX)
    while True:
        for ids in encode_documents(tokenizer, islice(stream, 1000)):
            yield from ids


def batches(tokenizer: PreTrainedTokenizerFast, settings: Settings) -> Iterator[torch.Tensor]:
    """Yield one tensor of token ids per step, of shape (blocks, block length), without end."""
    stream = token_stream(tokenizer)
    step = 0
    while True:
        step += 1
        length = CONTEXT if step % settings.long_every == 0 else settings.block
        ids = list(islice(stream, settings.tokens_per_step))
        yield torch.tensor(ids).view(-1, length)


def optimizer_of(model: LlamaForCausalLM, settings: Settings) -> torch.optim.Optimizer:
    """Return AdamW over all weights."""
    return torch.optim.AdamW(
        model.parameters(),
        lr=settings.rate,
        betas=settings.betas,
        weight_decay=settings.weight_decay,
    )


def train_step(
    model: LlamaForCausalLM,
    optimizer: torch.optim.Optimizer,
    ids: torch.Tensor,
    rate: float,
    clip: float,
) -> float:
    """Take one step on token ids of shape (blocks, length) and return the mean loss in nats."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.item())


def pretrain(tokenizer: PreTrainedTokenizerFast, settings: Settings) -> LlamaForCausalLM:
    """Pretrain the base model from scratch."""
    model = new_model(tokenizer)
    model.train()
    optimizer, begin = optimizer_of(model, settings), time.perf_counter()
    for step, ids in enumerate(islice(batches(tokenizer, settings), settings.steps)):
        loss = train_step(model, optimizer, ids, settings.rate_at(step), settings.clip)
        if step % 50 == 0 or step + 1 == settings.steps:
            speed = (step + 1) * settings.tokens_per_step / (time.perf_counter() - begin)
            log.info("step %d of %d: loss %.3f, %.0f tokens/s", step, settings.steps, loss, speed)
    model.train(False)
    return model


def save_model(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Save weights (bfloat16 safetensors), config, generation config and tokenizer."""
    model.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        do_sample=False,
    )
    model.bfloat16().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def load_model(folder: Path, role: str = "base") -> LanguageModel:
    """Load a saved model as the benchmark does, in float32 on the CPU."""
    return load_language_model(ModelSpec(name=MODEL_NAME, path=str(folder)), role, device="cpu")
