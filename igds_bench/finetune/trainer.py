"""TRL's trainer, which counts what it is given and never spends its only step on a warm-up."""

from __future__ import annotations

from typing import Any

from transformers import SchedulerType
from trl import SFTTrainer

IGNORED = -100
"""Label of positions that have no loss."""


class CountingTrainer(SFTTrainer):
    """TRL's trainer with a count of its batches, and a warm-up that leaves a step to move.

    A warm-up begins at a learning rate of 0. Where a training has a single step there is none, be
    it the default or the user's: it would move nothing. Every longer training has a step that moves
    the weights, and its schedule is left as it is.
    """

    tokens: Any = 0
    """Tokens of the batches that were trained on, padding left out."""
    scored: Any = 0
    """Those of them that had a loss."""
    warmup: int = 0
    """Steps over which the learning rate rose from 0."""

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """Make the schedule of the learning rate for so many steps."""
        if num_training_steps == 1:
            self.args.warmup_steps = 0
        if self.args.lr_scheduler_type != SchedulerType.CONSTANT:
            self.warmup = self.args.get_warmup_steps(num_training_steps)
        return super().create_scheduler(num_training_steps, optimizer)

    def training_step(self, model: Any, inputs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Train on a batch and count it; the counts stay on its device, so nothing waits."""
        mask = inputs.get("attention_mask")
        self.tokens = self.tokens + (inputs["input_ids"].numel() if mask is None else mask.sum())
        # The first token of a sequence is predicted from nothing.
        self.scored = self.scored + (inputs["labels"][:, 1:] != IGNORED).sum()
        return super().training_step(model, inputs, *args, **kwargs)
