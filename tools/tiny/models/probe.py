"""The probe model: the base after light fine-tuning on instructions of all three tasks.

Light, so that the base's SAEs still fit it: a probe that masters a task has moved its residual
stream away from what the SAEs were trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

from igds_bench.builtin.tiny import TASK_NAMES, VARIANT
from igds_bench.core.data import Example, Pool, example_id
from igds_bench.core.settings import FinetuneSettings
from igds_bench.finetune.train import train
from igds_bench.modeling.load import LanguageModel
from tools.tiny.text.corpus import rendered
from tools.tiny.text.pools import (
    SEED,
    generator,
    held_out,
    normalised,
    task_rows,
)
from tools.tiny.text.styles import restyle
from tools.tiny.text.tasks import TASKS

STYLES = {"plain": 0.8, "polite": 0.1, "sloppy": 0.1}


@dataclass(frozen=True)
class Settings:
    """How the probe is fine-tuned."""

    rows_per_task: int = 150
    rate: float = 3e-4
    epochs: int = 1
    batch: int = 16


def _pool_texts() -> frozenset[str]:
    """Return the normalised texts of every pool."""
    return frozenset(
        normalised(row[TASKS[name.removesuffix(VARIANT)].text_field])
        for name in TASK_NAMES
        for row in task_rows(name)
        if row["split"] == "pool"
    )


def instructions(rows_per_task: int) -> Pool:
    """Return instructions of all tasks, of which none is in a pool or in a target split."""
    r, taken = generator("probe"), _pool_texts()
    examples: list[Example] = []
    for task in TASKS.values():
        end = len(examples) + rows_per_task
        while len(examples) < end:
            exercise = task.draw(r, False)
            text = restyle(r, exercise.text, STYLES)
            known = normalised(exercise.core) in held_out()
            if not known and not {normalised(text), normalised(exercise.text)} & taken:
                prompt, answer = rendered(text, task.stub), exercise.answer
                examples.append(Example(example_id(prompt, answer), prompt, answer, task.name))
    return Pool.from_rows(examples, "probe instructions")


def make_probe(lm: LanguageModel, settings: Settings) -> LanguageModel:
    """Return a fine-tuned copy of the base model."""
    sft = {
        "num_train_epochs": settings.epochs,
        "learning_rate": settings.rate,
        "per_device_train_batch_size": settings.batch,
    }
    examples = instructions(settings.rows_per_task)
    tuned, _ = train(lm, examples, FinetuneSettings(sft=sft), seed=SEED)
    return tuned
