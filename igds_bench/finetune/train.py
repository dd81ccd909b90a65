"""Train a copy of a model on a selection, with the loss on the response only."""

from __future__ import annotations

import copy
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback, set_seed
from trl import SFTConfig

from igds_bench.core.data import Pool
from igds_bench.core.record import TrainingSummary
from igds_bench.core.settings import FinetuneSettings
from igds_bench.errors import StageError
from igds_bench.finetune.adapter import lora_config
from igds_bench.finetune.config import trainer_arguments
from igds_bench.finetune.rows import fit_rows
from igds_bench.finetune.trainer import IGNORED, CountingTrainer
from igds_bench.modeling.batches import pad_right
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.quiet import quiet
from igds_bench.modeling.tokens import encode

Report = Callable[[int, int], None]


def train(
    lm: LanguageModel,
    examples: Pool,
    settings: FinetuneSettings,
    seed: int,
    reference_steps: int | None = None,
    progress: Report | None = None,
) -> tuple[LanguageModel, TrainingSummary]:
    """Fine-tune a copy of a model; the given one stays as it is.

    Examples are put in the order of their ids and shuffled by the seed, so that equal selections
    train alike. Prompt and response are tokenised apart and joined, as in scoring and evaluation.

    Args:
        lm: the base model.
        examples: the selection.
        settings: method, and what TRL and PEFT are told.
        seed: of shuffling, dropout and adapter initialisation.
        reference_steps: optimizer steps; None takes the epochs of the settings.
        progress: told (steps done, steps in all).

    Raises:
        StageError: the labels of a real batch are wrong, the loss is no number, or training
            changed nothing, or changed the tokenizer that all models share.
    """
    given, tokenizer = _tokenised(lm, examples), tokenizer_state(lm.tokenizer)
    with _random_state_kept(), tempfile.TemporaryDirectory() as folder, quiet():
        set_seed(seed)
        arguments = trainer_arguments(settings, str(lm.device), lm.context_length, folder, seed)
        if reference_steps is not None:
            arguments["max_steps"] = reference_steps
        fitted = fit_rows(given, arguments)
        watch = _Watch(progress)
        trainer = _trainer(lm, fitted.rows, settings, arguments, watch)
        mean_loss = float(trainer.train().training_loss)
    if not math.isfinite(mean_loss):
        raise StageError(f"training diverged: its mean loss is {mean_loss}.")
    tuned = replace(lm, model=trainer.model.eval())
    change = logit_change(lm, tuned, fitted.rows)
    _check_changed(change, settings)
    _check_tokenizer(lm, tokenizer)
    steps, epochs = int(trainer.state.global_step), float(trainer.state.epoch or 0.0)
    logged = watch.losses or [mean_loss]
    return tuned, TrainingSummary(
        method=settings.method,
        steps=steps,
        epochs=epochs,
        warmup_steps=trainer.warmup,
        tokens=int(trainer.tokens),
        scored_tokens=int(trainer.scored),
        examples=len(given),
        cut=fitted.cut,
        dropped=fitted.dropped,
        first_loss=logged[0],
        final_loss=logged[-1],
        max_logit_change=change,
        losses=watch.losses,
    )


def _trainer(
    lm: LanguageModel,
    rows: list[dict[str, list[int]]],
    settings: FinetuneSettings,
    arguments: dict[str, Any],
    watch: _Watch,
) -> Any:
    """Return TRL's trainer of a copy of the model, once a batch of it has the right labels."""
    trainer: Any = CountingTrainer(
        model=copy.deepcopy(lm.model),
        args=SFTConfig(**arguments),
        train_dataset=Dataset.from_list(rows),
        processing_class=copy.deepcopy(lm.tokenizer),
        peft_config=lora_config(settings),
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)
    _check_labels(trainer, rows, bool(arguments.get("packing")))
    return trainer


def _tokenised(lm: LanguageModel, examples: Pool) -> list[dict[str, list[int]]]:
    """Return ``input_ids`` and ``completion_mask`` rows in the order of the examples' ids."""
    ordered = sorted(examples, key=lambda example: example.id)
    return [
        {"input_ids": row.ids, "completion_mask": [int(is_scored) for is_scored in row.scored]}
        for row in encode(lm.tokenizer, ordered)
    ]


class _Watch(TrainerCallback):
    """Keeps the logged losses, ends a diverged run, reports steps."""

    def __init__(self, report: Report | None) -> None:
        self.losses: list[float] = []
        self._report = report

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Keep a logged loss; a loss that is no number ends the run."""
        loss = (logs or {}).get("loss")
        if loss is None:
            return
        if not math.isfinite(float(loss)):
            raise StageError(
                f"training diverged at step {state.global_step}: the loss is {loss}. "
                "Lower `train.sft.learning_rate` or set `train.sft.max_grad_norm`."
            )
        self.losses.append(float(loss))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Report a step."""
        if self._report is not None:
            self._report(state.global_step, state.max_steps)


def _check_labels(trainer: Any, rows: Sequence[dict[str, list[int]]], packed: bool) -> None:
    """Assert on a real batch that the loss is on all response tokens and nothing else.

    Raises:
        StageError: says what is wrong.
    """
    batch = next(iter(trainer.get_train_dataloader()))
    labels, ids = batch["labels"], batch["input_ids"]
    scored = labels != IGNORED
    if not bool(scored.any()):
        raise StageError("no token of a training batch has a label: the response is cut off.")
    if bool((labels[scored] != ids[scored]).any()):
        raise StageError("a training label differs from its token.")
    if packed:
        return
    limit = trainer.args.max_length or max(len(row["input_ids"]) for row in rows)
    wanted = {
        tuple(row["input_ids"][:limit]): tuple(row["completion_mask"][:limit]) for row in rows
    }
    for row_ids, row_scored in zip(ids.tolist(), scored.tolist(), strict=True):
        match = next((k for k in wanted if tuple(row_ids[: len(k)]) == k), None)
        if match is None:
            raise StageError("a training batch holds a sequence that is not in the selection.")
        expected = [bool(value) for value in wanted[match]]
        expected += [False] * (len(row_ids) - len(expected))
        if row_scored != expected:
            raise StageError(
                "the labels of a training batch are not exactly its response tokens: the loss "
                "would fall on the prompt or on padding."
            )


@torch.inference_mode()
def logit_change(
    base: LanguageModel, tuned: LanguageModel, rows: Sequence[dict[str, list[int]]]
) -> float:
    """Return the largest absolute difference of logits between two models on four examples."""
    shortest = sorted(rows, key=lambda row: len(row["input_ids"]))[:4]
    pad = base.tokenizer.pad_token_id
    ids = pad_right([row["input_ids"] for row in shortest], pad, base.device)
    before = base.model(input_ids=ids, use_cache=False).logits.float()
    after = tuned.model(input_ids=ids, use_cache=False).logits.float()
    return float((after - before).abs().max())


def _check_changed(change: float, settings: FinetuneSettings) -> None:
    if math.isnan(change):
        raise StageError("training diverged: the tuned model's logits are no numbers.")
    if change == 0.0:
        cause = "the adapter is not active" if settings.method == "lora" else "no weight moved"
        raise StageError(
            f"the tuned model's logits equal the base's: {cause}. Raise the learning rate or the "
            "number of steps (the first step of a warm-up moves nothing)."
        )


def tokenizer_state(tokenizer: Any) -> dict[str, Any]:
    """Return what a trainer could change of a tokenizer."""
    names = ("special_tokens_map", "chat_template", "padding_side", "truncation_side")
    return {"size": len(tokenizer), **{name: getattr(tokenizer, name) for name in names}}


def _check_tokenizer(lm: LanguageModel, before: dict[str, Any]) -> None:
    """Assert that what comes after training is read as what came before it."""
    after = tokenizer_state(lm.tokenizer)
    changed = [name for name, value in before.items() if after[name] != value]
    if changed:
        raise StageError(
            f"training changed the tokenizer of '{lm.name}' ({', '.join(changed)}), which scoring "
            "and evaluation share: take out what in `train.sft` does so."
        )


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Give the global random generators back as they were."""
    import random

    python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    gpu = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else None
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        if gpu is not None:
            torch.cuda.set_rng_state_all(gpu)
