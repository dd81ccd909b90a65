"""Generate and score through lm-eval with the model in memory; the only file that imports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import lm_eval
import numpy as np
import torch
from datasets import Dataset
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

from igds_bench.core.data import Example, Pool
from igds_bench.core.record import Score
from igds_bench.core.settings import EvaluationSettings, Sampling
from igds_bench.core.specs import TaskSpec
from igds_bench.errors import nearest
from igds_bench.evaluate.table import (
    Column,
    reference_columns,
    score_table,
    statistics_columns,
)
from igds_bench.metrics import RESPONSE_LOSS
from igds_bench.metrics.sampled import sampled_metrics
from igds_bench.modeling.batches import pad_left
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
) -> Evaluation:
    """Generate greedily for every example, score it, and measure the loss of the references.

    Where samples are asked for, they are drawn besides, for pass@k.

    The loss comes from the project's own forward: lm-eval tokenises prompt and continuation
    jointly, which is not the sequence that was trained on.

    lm-eval is given the tokens that the harness trains on, and stops at every token that ends a
    text for the model.
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
    if settings.extra_evals:
        scores |= _extra_scores(lm, settings)
    return Evaluation(scores, table)


class _TrainedHFLM(HFLM):
    """lm-eval's Hugging Face model, which reads prompts as the tokens that training has of them.

    Prompts are asked for by number: ``prompts[int(text)]``.
    """

    prompts: Sequence[list[int]] = ()

    def tok_encode(self, string: str, *args: Any, **kwargs: Any) -> list[int]:
        """Return the tokens of a prompt, or of any other text where there are none."""
        if self.prompts:
            return self.prompts[int(string)]
        return super().tok_encode(string, *args, **kwargs)

    def tok_batch_encode(
        self, strings: list[str], *args: Any, left_truncate_len: int | None = None, **kwargs: Any
    ) -> Any:
        """Return the tokens of a batch of prompts and their mask, padded at the start."""
        if not self.prompts:
            return super().tok_batch_encode(
                strings, *args, left_truncate_len=left_truncate_len, **kwargs
            )
        rows = [self.prompts[int(string)][-(left_truncate_len or 0) :] for string in strings]
        return pad_left(rows, self.tokenizer.pad_token_id, torch.device("cpu"))


def _wrapped(lm: LanguageModel, batch_size: int, prompts: Sequence[list[int]] = ()) -> _TrainedHFLM:
    wrapped = _TrainedHFLM(
        pretrained=lm.model,
        tokenizer=lm.tokenizer,
        batch_size=batch_size,
        max_length=lm.context_length,
    )
    wrapped.prompts = prompts
    return wrapped


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
            _wrapped(lm, batch_size, prompts),
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


def check_extra_evals(names: Sequence[str]) -> list[str]:
    """Return one sentence for every lm-eval task that neither lm-eval nor a file defines."""
    manager, problems = None, []
    for name in names:
        if name.endswith((".yaml", ".yml")):
            if not Path(name).is_file():
                problems.append(f"extra eval {name} does not exist.")
            continue
        manager = manager or TaskManager()
        if name not in manager.all_tasks:
            problems.append(f"lm-eval has no task '{name}'.{nearest(name, manager.all_tasks)}")
    return problems


def _extra_scores(lm: LanguageModel, settings: EvaluationSettings) -> dict[str, Score]:
    """Run lm-eval tasks by name or YAML path; scores are named ``<task>/<metric>``."""
    files = [name for name in settings.extra_evals if name.endswith((".yaml", ".yml"))]
    folders = sorted({str(Path(name).parent) for name in files})
    names = [_task_name(n) if n in files else n for n in settings.extra_evals]
    with quiet(), redirect_stderr(StringIO()):
        result = lm_eval.simple_evaluate(
            model=_wrapped(lm, settings.batch_size),
            tasks=names,
            limit=settings.limit,
            bootstrap_iters=0,
            log_samples=False,
            task_manager=TaskManager(include_path=folders or None),
        )
    found: dict[str, Score] = {}
    for task, values in result["results"].items():
        found |= _lm_eval_scores(task, values, result)
    return found


def _task_name(path: str) -> str:
    import yaml

    text = Path(path).read_text(encoding="utf-8")
    return str(yaml.load(text, Loader=yaml.BaseLoader)["task"])


def _lm_eval_scores(
    task: str, values: Mapping[str, Any], result: Mapping[str, Any]
) -> dict[str, Score]:
    """Return lm-eval's numbers of one task; its keys read ``metric,filter``."""
    samples = result.get("n-samples", {}).get(task, {}).get("effective", 0)
    higher = result.get("higher_is_better", {}).get(task, {})
    found = {}
    for key, value in values.items():
        metric, _, filter_ = key.partition(",")
        if metric.endswith("_stderr") or not isinstance(value, (int, float)) or not filter_:
            continue
        error = values.get(f"{metric}_stderr,{filter_}")
        name = f"{task}/{metric}" + ("" if filter_ == "none" else f",{filter_}")
        found[name] = Score(
            value=float(value),
            stderr=float(error) if isinstance(error, (int, float)) else None,
            n=int(samples),
            higher_is_better=bool(higher.get(metric, True)),
            signature=f"lm-eval {lm_eval.__version__}, task version "
            f"{result.get('versions', {}).get(task)}",
        )
    return found
