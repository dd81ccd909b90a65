"""What stages cost: FLOPs and tokens counted from shapes, seconds and memory estimated.

A forward pass over T tokens of a model with N parameters is counted as 2 N T floating-point
operations, a training pass as 6 N T (Kaplan et al., arXiv 2001.08361, section 2.1).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from igds_bench.core.explanation import ExplainSettings
from igds_bench.core.features import FeatureSettings
from igds_bench.core.settings import EvaluationSettings
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.workbench import ModelEntry, TaskEntry, Workbench
from igds_bench.harness.store import Store

ASSUMED_CANDIDATES = 50
"""Recalled features that a plan assumes (16 to 515 in arXiv 2604.25167, 23 to 66 embedded)."""

BRANCHED = 0.7
"""Share of the plain loop's work that interventions do, which branch off the original run; found
with the embedded tasks, where a feature's layer and the outputs' common start decide it."""

OVERHEAD_SECONDS = {
    "features": 2.0,
    "forward": 0.2,
    "filter": 0.2,
    "explain": 2.0,
    "rank": 0.2,
    "finetune": 1.0,
    "evaluate": 0.7,
    "amplify": 0.1,
}
"""Assumed time of a stage besides its arithmetic, until stages of the run have been timed."""

EFFICIENCY = {
    "features": 0.85,
    "forward": 0.6,
    "filter": 0.3,
    "explain": 0.45,
    "rank": 0.3,
    "finetune": 0.3,
    "evaluate": 0.45,
    "amplify": 0.8,
}
"""Share of the measured matrix rate that a stage reaches, found with the embedded model on a CPU.
Used until stages of the run have been timed."""


@dataclass(frozen=True)
class Cost:
    """What a stage computes and holds."""

    flops: float = 0.0
    tokens: int = 0
    """Tokens forwarded, generated ones included."""
    memory_bytes: int = 0
    disk_bytes: int = 0

    def counted(self) -> dict[str, Any]:
        """Return the fields that a finished stage records."""
        return {"flops": self.flops, "tokens": self.tokens}


def _lengths(entry: ModelEntry, prompts: list[str]) -> int:
    """Return the tokens of some prompts, from a sample of 64 scaled up."""
    from igds_bench.modeling.tokens import encode_prompt

    sample = prompts[:: max(1, len(prompts) // 64)][:64]
    tokens = sum(len(encode_prompt(entry.tokenizer, prompt)) for prompt in sample)
    return round(tokens * len(prompts) / max(1, len(sample)))


def of_features(entry: ModelEntry, task: TaskEntry, wanted: FeatureSettings) -> Cost:
    """Estimate finding the features, of an assumed number of candidates."""
    dev = [example.prompt for example in task.data.target.dev][: wanted.m_dev]
    prior = [example.prompt for example in task.data.target.prior][: wanted.n_prior]
    prefill = _lengths(entry, prior) + _lengths(entry, dev)
    room = wanted.max_new_tokens or task.spec.max_new_tokens
    length = min(
        room,
        _lengths(entry, [e.response for e in task.data.target.dev]) // len(task.data.target.dev),
    )
    runs = (1 + ASSUMED_CANDIDATES + wanted.null_directions) * len(dev)
    passes = 2 if wanted.delta == "metric" else 1
    tokens = prefill + round(runs * length * passes * BRANCHED)
    return _cost(entry, tokens, 2)


def of_explanation(
    entry: ModelEntry, task: TaskEntry, settings: FeatureSettings, wanted: ExplainSettings
) -> Cost:
    """Count explaining features: amplified runs, the pool's prompts, other prior samples."""
    dev = [example.prompt for example in task.data.target.dev][: settings.m_dev]
    responses = [example.response for example in task.data.target.dev][: settings.m_dev]
    arms = wanted.features * (len(wanted.multipliers) + 1)
    tokens = _lengths(entry, [example.prompt for example in task.data.pool])
    tokens += 2 * _lengths(entry, dev) + 2 * arms * _lengths(entry, responses)
    tokens += wanted.prior_sets * settings.n_prior * _lengths(entry, dev) // max(1, len(dev))
    return _cost(entry, tokens, 2)


def of_forward(bench: Workbench, stage: Stage) -> Cost:
    """Count reading a quantity of every example, as if it were read alone."""
    quantity = stage.quantity
    assert quantity is not None
    entry, _ = bench.entry_for(stage.at.model, quantity.model)
    data = bench.tasks[stage.at.task].data
    pool = data.pool if quantity.over == "pool" else data.target.samples
    counts = bench.token_counts(stage.at.model, stage.at.task, pool).values()
    whole = quantity.view == "prompt+response"
    tokens = sum(c.prompt * whole + c.response for c in counts)
    shape = entry.shape
    size = {"TokenLosses": 4, "ActiveFeatures": 4 * 64}.get(quantity.name, 0)
    disk = size * tokens if size else 4 * shape.width * len(pool)
    return _cost(entry, tokens, 2, disk_bytes=disk)


def of_ranking(bench: Workbench, stage: Stage) -> Cost:
    """Count a ranking from the selector's declared cost class: its number of forwards."""
    contender = bench.contenders.get(stage.at.selector or "")
    match = re.match(r"(\d+)[^,]*forward", contender.spec.cost) if contender else None
    if contender is None or match is None or contender.quantities:
        return Cost()
    counts = bench.token_counts(stage.at.model, stage.at.task).values()
    prompt_only = "prompt" in contender.spec.cost
    tokens = sum(c.prompt if prompt_only else c.prompt + c.response for c in counts)
    return _cost(bench.models[stage.at.model], int(match[1]) * tokens, 2)


def of_training(entry: ModelEntry, tokens: int) -> Cost:
    """Count training on ``tokens`` tokens; weights, gradients and two Adam moments in float32."""
    n = entry.shape.parameters
    return Cost(6.0 * n * tokens, tokens, memory_bytes=4 * 4 * n * 2, disk_bytes=4 * n)


def of_evaluation(entry: ModelEntry, task: TaskEntry, settings: EvaluationSettings) -> Cost:
    """Count generating for the test split and scoring its responses."""
    test = list(task.data.test)[: settings.limit]
    prompts = _lengths(entry, [example.prompt for example in test])
    responses = _lengths(entry, [example.response for example in test])
    return _cost(entry, 2 * (prompts + responses), 2, disk_bytes=400 * len(test))


def of_amplification(entry: ModelEntry, task: TaskEntry) -> Cost:
    """Count a forward over the probe split's prompts."""
    return _cost(entry, _lengths(entry, [example.prompt for example in task.data.probe]), 2)


def _cost(entry: ModelEntry, tokens: int, factor: int, disk_bytes: int = 0) -> Cost:
    n = entry.shape.parameters
    return Cost(float(factor) * n * tokens, tokens, 4 * n * 2, disk_bytes)


def estimate(bench: Workbench, stage: Stage) -> Cost:
    """Return what a planned stage will cost."""
    entry, task = bench.models[stage.at.model], bench.tasks[stage.at.task]
    if stage.kind == "features":
        return of_features(entry, task, FeatureSettings(**stage.params["settings"]))
    if stage.kind == "explain":
        settings = bench.config.amplification
        return of_explanation(entry, task, settings, ExplainSettings(**stage.params["explain"]))
    if stage.kind == "forward":
        return of_forward(bench, stage)
    if stage.kind == "rank":
        return of_ranking(bench, stage)
    if stage.kind == "finetune":
        return of_training(entry, _training_tokens(bench, stage))
    if stage.kind == "evaluate":
        return of_evaluation(entry, task, bench.config.evaluation)
    if stage.kind == "amplify":
        return of_amplification(entry, task)
    return Cost()


def _training_tokens(bench: Workbench, stage: Stage) -> int:
    """Return the tokens trained on: budget times epochs, or the whole pool's for equal steps."""
    counts = bench.token_counts(stage.at.model, stage.at.task).values()
    total = sum(c.prompt + c.response for c in counts)
    epochs = bench.config.train.epochs
    budget = stage.at.budget
    assert budget is not None
    if stage.params["settings"]["match"] == "steps":
        share = 1.0
    elif budget.kind == "tokens":
        share = budget.amount / total
    else:
        share = (budget.count(len(counts)) or 0) / len(counts)
    return round(total * share * epochs)


class Rates:
    """Turns FLOPs into seconds: from finished stages of the run, else from a matrix product.

    Args:
        store: the run folder whose finished stages are learned from.
    """

    def __init__(self, store: Store) -> None:
        self._timed = {kind: _timed(store, kind) for kind in OVERHEAD_SECONDS}

    def seconds(self, kind: str, cost: Cost) -> float:
        """Return the estimated wall-clock of a stage."""
        timed = self._timed.get(kind)
        if timed and timed["flops"] > 0:
            return timed["seconds"] * (0.2 + 0.8 * cost.flops / timed["flops"])
        if kind not in OVERHEAD_SECONDS:
            return 0.01
        return OVERHEAD_SECONDS[kind] + cost.flops / (EFFICIENCY[kind] * matrix_rate())


def _timed(store: Store, kind: str) -> Mapping[str, float] | None:
    """Return mean seconds and FLOPs of the run's finished stages of a kind."""
    import json

    metas = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (store.root / "stages" / kind).glob("*/meta.json")
    ]
    rows = [(m["seconds"], m["flops"]) for m in metas if m.get("flops")]
    if not rows:
        return None
    return {
        "seconds": sum(seconds for seconds, _ in rows) / len(rows),
        "flops": sum(flops for _, flops in rows) / len(rows),
    }


@cache
def matrix_rate() -> float:
    """Measure the floating-point operations per second of a 512 x 512 float32 product."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    matrix = torch.ones(512, 512, device=device)
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        product = matrix @ matrix
        if device == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
        del product
    return 2 * 512**3 / best
