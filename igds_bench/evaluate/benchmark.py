"""Tasks that a task of lm-eval's measures: its documents as test examples, its scores by document.

What lm-eval says of every document is kept, so that verdicts compare the same documents, as they do
the same examples of any other test split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from igds_bench.core.aggregation import Mean, Ratio
from igds_bench.core.data import DataSource, Example, Pool, example_id
from igds_bench.core.record import Score
from igds_bench.core.settings import EvaluationSettings
from igds_bench.core.specs import Benchmark, MetricSpec, TaskSpec
from igds_bench.errors import PlanError, StageError, nearest
from igds_bench.evaluate.lm_eval import Evaluation
from igds_bench.evaluate.lm_tasks import (
    Task,
    extra_scores,
    load_tasks,
    run_tasks,
    scores_of,
    shown,
)
from igds_bench.evaluate.table import Column, statistics_columns
from igds_bench.metrics import score
from igds_bench.modeling.load import LanguageModel

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

DEFAULT_LENGTH = 256
"""Tokens that lm-eval lets a model generate where a task doesn't say."""
CLOSE = 1e-6


def open_benchmark(spec: TaskSpec) -> tuple[TaskSpec, Pool]:
    """Load what measures a task.

    Returns:
        The task, with its benchmark's own name, its primary metric and its longest answer; and the
        benchmark's documents as examples, whose prompts are those of lm-eval without a template.

    Raises:
        PlanError: lm-eval can't load it, it is a group, or has no such metric.
    """
    assert spec.benchmark is not None
    name = spec.benchmark.task
    tasks = load_tasks(name)
    if len(tasks) > 1:
        raise PlanError(
            [
                f"task '{spec.name}': '{name}' is a group of {len(tasks)} tasks of lm-eval's: name "
                f"one of them, such as '{min(tasks)}', and the group among `extra_evals`."
            ]
        )
    ((own, task),) = tasks.items()
    known = list(_metrics(task))
    metric = spec.benchmark.metric or known[0]
    if metric not in known:
        raise PlanError(
            [
                f"task '{spec.name}': lm-eval task '{own}' has no metric '{metric}'."
                f"{nearest(metric, known)} It has {', '.join(known)}."
            ]
        )
    benchmark = Benchmark(name, metric, own, _longest(task))
    source = DataSource(f"lm-eval's {own}", ("test",), kind="package")
    examples = Pool.from_rows(_examples(task), f"{spec.name}/test")
    return replace(spec, benchmark=benchmark, sources=(*spec.sources, source)), examples


def _metrics(task: Task) -> Iterator[str]:
    """Yield the names of a task's metrics, with each of its filters."""
    filters = [f["name"] for f in task.config.filter_list or []] or ["none"]
    for metric in task.aggregation():
        for filter_ in filters:
            yield shown(metric, filter_)


def _longest(task: Task) -> int:
    if task.OUTPUT_TYPE != "generate_until":
        return 0
    given = task.config.generation_kwargs or {}
    return int(given.get("max_gen_toks", DEFAULT_LENGTH))


def _examples(task: Task) -> Iterator[Example]:
    for row, doc in enumerate(task.eval_docs):
        prompt, target = task.doc_to_text(doc), _target(task, doc)
        yield Example(example_id(str(prompt), target), str(prompt), target, row=row)


def _target(task: Task, doc: Mapping[str, Any]) -> str:
    """Return a document's right answer as text, whatever the task holds of it."""
    target = task.doc_to_target(doc)
    choices = task.doc_to_choice(doc) if task.config.doc_to_choice is not None else None
    if choices is not None and isinstance(target, int) and 0 <= target < len(choices):
        return str(choices[target])
    return str(target)


def measure(
    lm: LanguageModel,
    task: TaskSpec,
    examples: Pool,
    settings: EvaluationSettings,
    as_chat: bool,
) -> Evaluation:
    """Let lm-eval measure a model, and keep every document's outcome.

    Args:
        lm: the model.
        task: as ``open_benchmark`` gives it.
        examples: the documents.
        settings: batch size, limit, further tasks.
        as_chat: whether prompts are written by the model's chat template.

    Raises:
        StageError: the primary metric has no value for each document, or documents are missing.
    """
    assert task.benchmark is not None
    chosen = list(examples)[: settings.limit]
    own = task.benchmark.name
    result = run_tasks(lm, [task.benchmark.task], settings, as_chat)
    samples = sorted(result["samples"][own], key=lambda sample: int(sample["doc_id"]))
    firsts = [s for s in samples if s["filter"] == samples[0]["filter"]]
    if [s["doc_id"] for s in firsts] != list(range(len(chosen))):
        raise StageError(
            f"lm-eval task '{own}' gave {len(firsts)} outcomes for {len(chosen)} documents."
        )
    table: dict[str, Column] = {
        "example": [example.id for example in chosen],
        "prompt": [example.prompt for example in chosen],
        "reference": [example.reference for example in chosen],
        "generation": [_answer(sample) for sample in firsts],
    }
    scores = scores_of(own, result, as_chat)
    for metric, statistics in _by_document(scores, own, samples):
        table |= statistics_columns(metric, statistics)
        scores[metric.name] = score(metric, statistics)
    if scores.get(task.primary_metric) is None or not scores[task.primary_metric].columns:
        kept = [name for name, found in scores.items() if found.columns]
        raise StageError(
            f"metric '{task.primary_metric}' has no value for each document, which verdicts are "
            f"made from; those that have: {', '.join(kept) or 'none'}."
        )
    return Evaluation(scores | extra_scores(lm, settings, as_chat), table)


def _by_document(
    scores: Mapping[str, Score], task: str, samples: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[MetricSpec, FloatArray]]:
    """Yield the metrics that are means over documents or over parts of them, with statistics."""
    for name, found in scores.items():
        metric, _, filter_ = name.removeprefix(f"{task}/").partition(",")
        own = [s[metric] for s in samples if s["filter"] == (filter_ or "none") and metric in s]
        statistics = _statistics(own) if len(own) == found.n else None
        if statistics is None:
            continue
        total, count = statistics.sum(axis=0)
        if count and abs(total / count - found.value) <= CLOSE * max(1.0, abs(found.value)):
            single = bool((statistics[:, 1] == 1.0).all())
            yield (
                MetricSpec(
                    name,
                    ("value", "n") if single else ("sum", "parts"),
                    _unknown,
                    Mean() if single else Ratio(),
                    higher_is_better=found.higher_is_better,
                    signature=found.signature,
                    bounds=(float("-inf"), float("inf")),
                ),
                statistics,
            )


def _statistics(values: Sequence[Any]) -> FloatArray | None:
    """Return sum and number of every document's values, (n, 2); None where they are no numbers."""
    rows = []
    for value in values:
        parts = value if isinstance(value, (list, tuple)) else [value]
        if not all(isinstance(part, (bool, int, float, np.number, np.bool_)) for part in parts):
            return None
        rows.append((float(sum(parts)), float(len(parts))))
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _answer(sample: Mapping[str, Any]) -> str:
    """Return what a model answered: its text, or the option that it finds likeliest."""
    found = sample["filtered_resps"][0]
    if isinstance(found, str):
        return found
    if isinstance(found, list) and found and isinstance(found[0], str):
        return found[0]
    chances = [option[0] for option in sample["filtered_resps"]]
    return str(sample["arguments"][int(np.argmax(chances))][1]).strip()


def _unknown(predictions: Sequence[str], references: Sequence[str]) -> FloatArray:
    raise TypeError("lm-eval measures it, and it can't be computed from texts.")
