"""The probe model: the base after light fine-tuning on instructions of all three tasks.

Light, so that the base's SAEs still fit it: a probe that masters a task has moved its residual
stream away from what the SAEs were trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from igds_bench.builtin.tiny.corpus import rendered
from igds_bench.builtin.tiny.finetune import Pair, finetune
from igds_bench.builtin.tiny.pools import TASK_NAMES, generator, held_out, normalised, task_rows
from igds_bench.builtin.tiny.styles import restyle
from igds_bench.builtin.tiny.tasks import TASKS

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

STYLES = {"plain": 0.8, "polite": 0.1, "sloppy": 0.1}


@dataclass(frozen=True)
class Settings:
    """How the probe is fine-tuned."""

    rows_per_task: int = 150
    rate: float = 3e-4
    epochs: int = 1


def _pool_texts() -> frozenset[str]:
    """Return the normalised texts of every pool."""
    return frozenset(
        normalised(row[TASKS[name.removesuffix("-b")].text_field])
        for name in TASK_NAMES
        for row in task_rows(name)
        if row["split"] == "pool"
    )


def instructions(rows_per_task: int) -> list[Pair]:
    """Return instructions of all tasks, of which none is in a pool or in a target split."""
    r, taken = generator("probe"), _pool_texts()
    pairs: list[Pair] = []
    for task in TASKS.values():
        end = len(pairs) + rows_per_task
        while len(pairs) < end:
            exercise = task.draw(r, False)
            text = restyle(r, exercise.text, STYLES)
            known = normalised(exercise.core) in held_out()
            if not known and not {normalised(text), normalised(exercise.text)} & taken:
                pairs.append((rendered(text, task.stub), exercise.answer))
    return pairs


def make_probe(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, settings: Settings
) -> LlamaForCausalLM:
    """Fine-tune ``model`` in place and return it."""
    pairs = instructions(settings.rows_per_task)
    r = generator("probe order")
    return finetune(model, tokenizer, pairs, settings.rate, settings.epochs, r)
