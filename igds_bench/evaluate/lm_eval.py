"""Generate for test examples through lm-eval with the model in memory, and score the texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from typing import Any

import lm_eval
import numpy as np
import torch
from datasets import Dataset
from lm_eval.api.task import ConfigurableTask

from igds_bench.core.data import Example, Pool
from igds_bench.core.record import Score
from igds_bench.core.settings import EvaluationSettings, Sampling
from igds_bench.core.specs import TaskSpec
from igds_bench.evaluate.lm_tasks import extra_scores
from igds_bench.evaluate.table import (
    Column,
    reference_columns,
    score_table,
    statistics_columns,
)
from igds_bench.evaluate.wrapped import wrapped
from igds_bench.metrics import RESPONSE_LOSS
from igds_bench.metrics.sampled import sampled_metrics
from igds_bench.modeling.capture import Progress, plain_progress
from igds_bench.modeling.load import LanguageModel
from igds_bench.modeling.losses import response_losses
from igds_bench.modeling.quiet import quiet
from igds_bench.modeling.tokens import encode_prompts


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model on a test split, and what they were computed from."""

    scores: dict[str, Score]
    table: dict[str, Column]
    """One value per example: id, prompt, reference, generation, every metric's statistics."""


def evaluate(
    lm: LanguageModel,
    task: TaskSpec,
    examples: Pool,
    settings: EvaluationSettings,
    progress: Progress = plain_progress,
    as_chat: bool = False,
) -> Evaluation:
    """Generate greedily for every example, score it, and measure the loss of the references.

    Where samples are asked for, they are drawn besides, for pass@k.

    The loss comes from the project's own forward: lm-eval tokenises prompt and continuation
    jointly, which is not the sequence that was trained on.

    lm-eval is given the tokens that the harness trains on, and stops at every token that ends a
    text for the model. ``as_chat`` says whether the prompts of extra tasks are written by the
    model's chat template.
    """
    chosen = list(examples)[: settings.limit]
    generations = [texts[0] for texts in _generate(lm, task, chosen, settings.batch_size)]
    references = [example.reference for example in chosen]
    table: dict[str, Column] = {
        "example": [example.id for example in chosen],
        "prompt": [example.prompt for example in chosen],
        **reference_columns(references),
        "generation": generations,
    }
    metrics = (*task.metrics, *sampled_metrics(task.metrics, settings.samples))
    if len(metrics) > len(task.metrics):
        table["samples"] = _generate(lm, task, chosen, settings.batch_size, settings.samples)
    for metric in metrics:
        table |= statistics_columns(
            metric, metric.measure(table[metric.reads], references, table["prompt"])
        )
    losses = response_losses(lm, chosen, progress)
    nats = np.array([[losses[e.id].total, losses[e.id].tokens] for e in chosen], dtype=np.float64)
    table |= statistics_columns(RESPONSE_LOSS, nats)
    scores = score_table(table, (*metrics, RESPONSE_LOSS))
    return Evaluation(scores | extra_scores(lm, settings, as_chat), table)


@torch.inference_mode()
def _generate(
    lm: LanguageModel,
    task: TaskSpec,
    examples: Sequence[Example],
    batch_size: int,
    sampling: Sampling | None = None,
) -> list[list[str]]:
    """Return generations for every prompt, in order: the greedy one, or those that are drawn."""
    # Prompts of similar length side by side need less padding; lm-eval sorts them by length.
    prompts = encode_prompts(lm.tokenizer, examples)
    rows = Dataset.from_dict({"number": list(range(len(prompts)))})
    ends = lm.end_tokens
    until = list(task.stop) or [lm.tokenizer.eos_token]
    config = {
        "task": task.name,
        "custom_dataset": lambda **_: {"test": rows},
        "test_split": "test",
        "output_type": "generate_until",
        "repeats": sampling.n if sampling else 1,
        "doc_to_text": lambda doc: str(doc["number"]),
        "doc_to_target": lambda doc: "",
        "process_results": lambda doc, results: {"bypass": 0.0},
        "metric_list": [{"metric": "bypass", "aggregation": "mean", "higher_is_better": True}],
        "generation_kwargs": {
            "until": until,
            "max_gen_toks": task.max_new_tokens,
            **_decoding(sampling),
            "eos_token_id": list(ends),
        },
    }
    with quiet(), redirect_stderr(StringIO()), _seeded(sampling):
        result = lm_eval.evaluate(
            wrapped(lm, batch_size, prompts),
            _task_dict(ConfigurableTask(config=config), task.name),
            bootstrap_iters=0,
            log_samples=True,
            verbosity="ERROR",
        )
    texts = {s["doc"]["number"]: s["resps"][0] for s in result["samples"][task.name]}
    return [[text.strip() for text in texts[number]] for number in range(len(prompts))]


def _decoding(sampling: Sampling | None) -> dict[str, Any]:
    """Return how the next token is chosen, as transformers says it."""
    if sampling is None:
        return {"do_sample": False}
    drawn = {"temperature": sampling.temperature, "top_p": sampling.top_p}
    return {"do_sample": True, "top_k": 0, **drawn}


@contextmanager
def _seeded(sampling: Sampling | None) -> Iterator[None]:
    """Let samples hang on their own seed, and nothing else on what they draw."""
    if sampling is None:
        yield
        return
    with torch.random.fork_rng():
        torch.manual_seed(sampling.seed)
        yield


def _task_dict(task: ConfigurableTask, name: str) -> dict[str, Any]:
    return {"tasks": {name: task}, "groups": {}, "group_map": {}}
