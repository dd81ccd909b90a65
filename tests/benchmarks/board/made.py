"""A made run with everything a real one holds: texts, statistics, phases, draws and manifests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from igds_bench.core.grid import Cell
from igds_bench.core.record import (
    Amplification,
    Environment,
    Phase,
    RunRecord,
    Score,
    SelectionSummary,
    TrainingSummary,
)
from igds_bench.metrics import METRICS

EXAMPLES = 1_000
SHARES = {"5%": 0.05, "10%": 0.1, "25%": 0.25, "50%": 0.5}
SEEDS = 5
POOL = 1_000
CORPUS_EVERY = 5
"""One task in so many is judged by BLEU, and keeps the columns of chrF as well."""
TEXTS = 2_000
"""Different generations of a task."""
LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]


@dataclass(frozen=True)
class Task:
    """What the records of one task have in common."""

    name: str
    metrics: tuple[str, ...]
    difficulty: np.ndarray
    """(examples,): how likely a generation is right, before selectors differ."""
    examples: list[str]
    prompts: pa.Array
    references: pa.Array
    texts: pa.Array


def write_run(folder: Path, tasks: int, selectors: int) -> int:
    """Write a run of tasks x selectors x 4 budgets x 5 seeds, and references; return its records."""
    draw = np.random.default_rng(0)
    for name in ("records", "examples", "manifests"):
        (folder / name).mkdir(parents=True)
    (folder / "grid.yaml").write_text("name: made\ntied_within: 1.0\n", encoding="utf-8")
    count = 0
    for task in (_task(number, draw) for number in range(tasks)):
        effects: dict[str, float] = {}
        for cell in _cells(task.name, selectors):
            effect = effects.setdefault(cell.selector, float(draw.normal(0, 0.02)))
            key = f"{count:016x}"
            chance = task.difficulty + effect + draw.normal(0, 0.005)
            columns = {m: _statistics(m, chance, draw) for m in task.metrics}
            _write_examples(folder / "examples" / f"{key}.parquet", task, columns, draw)
            record = _record(cell, key, task.metrics[0], columns, draw)
            path = folder / "records" / f"{cell.id}.json"
            path.write_text(record.model_dump_json(indent=1), encoding="utf-8")
            _write_manifest(folder, record, draw)
            count += 1
    return count


def _task(number: int, draw: np.random.Generator) -> Task:
    words = [f"word{i}" for i in range(500)]

    def text(length: int) -> str:
        return " ".join(words[i] for i in draw.integers(0, len(words), length))

    corpus = number % CORPUS_EVERY == CORPUS_EVERY - 1
    return Task(
        name=f"task-{number}",
        metrics=("bleu", "chrf", "response_loss") if corpus else ("exact_match", "response_loss"),
        difficulty=draw.uniform(0.2, 0.6, EXAMPLES),
        examples=[f"{i:08x}{number:08x}" for i in range(EXAMPLES)],
        prompts=pa.array([text(20) for _ in range(EXAMPLES)]),
        references=pa.array([text(8) for _ in range(EXAMPLES)]),
        texts=pa.array([text(8) for _ in range(TEXTS)]),
    )


def _cells(task: str, selectors: int) -> Iterator[Cell]:
    """Random and one selector in five draw anew for every seed, the others train anew."""
    yield Cell(role="reference", selector="base", model="made", task=task)
    for seed in range(SEEDS):
        yield Cell(role="reference", selector="full", model="made", task=task, training_seed=seed)
    names = ["random", *(f"selector-{i}" for i in range(1, selectors))]
    for number, name in enumerate(names):
        for budget in SHARES:
            for seed in range(SEEDS):
                drawn = number % 5 == 0
                yield Cell(
                    role="baseline" if name == "random" else "contender",
                    selector=name,
                    model="made",
                    task=task,
                    budget=budget,
                    selection_seed=seed if drawn else 0,
                    training_seed=0 if drawn else seed,
                )


def _statistics(metric: str, chance: np.ndarray, draw: np.random.Generator) -> dict[str, Any]:
    """Return what a metric sums over examples, by column, plausible rather than measured."""
    if metric == "response_loss":
        tokens = draw.integers(4, 20, EXAMPLES).astype(float)
        return {"nats": tokens * draw.uniform(0.5, 1.5, EXAMPLES), "tokens": tokens}
    if metric == "exact_match":
        right = draw.random(EXAMPLES) < chance
        return {"correct": 100.0 * right, "n": np.ones(EXAMPLES)}
    sizes = draw.integers(6, 14, EXAMPLES)
    found = {}
    for column in METRICS[metric]().columns:
        order = int(column[-1]) if column[-1].isdigit() else 1
        total = np.maximum(sizes - order + 1, 1)
        hits = column.startswith(("correct", "match"))
        found[column] = (draw.binomial(total, np.clip(chance, 0, 1)) if hits else total) * 1.0
    return found


def _write_examples(
    path: Path, task: Task, columns: dict[str, dict[str, Any]], draw: np.random.Generator
) -> None:
    table: dict[str, Any] = {"example": task.examples, "prompt": task.prompts}
    table["reference"] = task.references
    table["generation"] = task.texts.take(pa.array(draw.integers(0, TEXTS, EXAMPLES)))
    for metric, own in columns.items():
        table |= {f"{metric}/{name}": values for name, values in own.items()}
    pq.write_table(pa.table(table), path, compression="zstd")


def _record(
    cell: Cell,
    key: str,
    primary: str,
    columns: dict[str, dict[str, Any]],
    draw: np.random.Generator,
) -> RunRecord:
    scores = {}
    for metric, own in columns.items():
        sums = np.array([values.sum() for values in own.values()])
        loss = metric == "response_loss"
        value = sums[0] / sums[1] if loss else float(METRICS[metric]().from_sums(sums))
        scores[metric] = Score(value=value, stderr=1.5, n=EXAMPLES, higher_is_better=not loss)
    share = SHARES.get(cell.budget or "", 1.0)
    fingerprint = f"{cell.task}-{cell.selector}-{cell.budget}-{cell.selection_seed}"
    tuned = cell.selector != "base"
    return RunRecord(
        cell=cell,
        key=key,
        status="ok",
        primary_metric=primary,
        scores=scores,
        selection=_selection(fingerprint, round(POOL * share)) if tuned else None,
        training=TrainingSummary(
            method="full", steps=25, epochs=1.0, tokens=6_000, first_loss=2.4, final_loss=2.2,
            max_logit_change=4.2, losses=[2.4, 2.2],
        ) if tuned else None,
        amplification=[
            Amplification(
                saes="made", features=["L0/7"], n=200, base_mean=18.0, base_median=18.0,
                tuned_mean=float(draw.normal(18, 2)), tuned_median=18.0,
                base_quantiles=[12.0, 15, 18, 20, 24], tuned_quantiles=[11.0, 14, 17, 19, 23],
            )
        ],
        phases=[
            Phase(
                kind=kind, key=f"{kind}-{key}", seconds=2.0, flops=1e12, tokens=10_000,
                peak_memory_bytes=10**9, estimated_seconds=2.5, charge=charge,
            )
            for kind, charge in _PHASES
        ],
        revisions={"data": "d", "base": "b"},
        settings={"train": {"method": "full", "sft": {"learning_rate": 1e-3}}, "data": {"pool": 1}},
        environment=Environment(
            igds_bench="0.1.0", commit="c" * 40, dirty=False, python="3.11", platform="Linux",
            processor="made", cores=2, threads=1, device="cpu", packages={"torch": "2.13.0"},
        ),
    )  # fmt: skip


_PHASES: tuple[tuple[Any, Any], ...] = (
    ("forward", "selection"),
    ("rank", "selection"),
    ("cut", "selection"),
    ("finetune", "training"),
    ("evaluate", "evaluation"),
)


def _selection(fingerprint: str, n: int) -> SelectionSummary:
    return SelectionSummary(
        fingerprint=fingerprint,
        n=n,
        pool_size=POOL,
        tokens=40 * n,
        sources={"clean": n - n // 3, "wrong": n // 3},
        mean_prompt_tokens=29.4,
        mean_response_tokens=11.0,
        prompt_token_quantiles=[15.0, 21, 25, 33, 55],
        response_token_quantiles=[6.0, 9, 9, 15, 18],
        score_quantiles=[22.0, 23, 25, 28, 35],
        pool_score_quantiles=[10.0, 16, 19, 22, 29],
    )


def _write_manifest(folder: Path, record: RunRecord, draw: np.random.Generator) -> None:
    if record.selection is None:
        return
    path = folder / "manifests" / f"{record.selection.fingerprint}.json"
    if not path.exists():
        ids = [f"{i:08x}" for i in draw.permutation(POOL)[: record.selection.n]]
        path.write_text(json.dumps({"ids": ids}), encoding="utf-8")
