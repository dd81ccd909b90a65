"""What stages cost: FLOPs and tokens counted from shapes, seconds and memory estimated.

A forward pass over T tokens of a model with N parameters is counted as 2 N T floating-point
operations, a training pass as 6 N T (Kaplan et al., arXiv 2001.08361, section 2.1). What a stage of
a kind costs stands beside its work, in ``stages/``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from igds_bench.core.data import Example
from igds_bench.core.protocols import TokenCount
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import StageKind
from igds_bench.harness.plan.workbench import ModelEntry, Workbench
from igds_bench.harness.store import Store


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


def nothing(stage: Stage, bench: Workbench) -> Cost:
    """Return the cost of a stage that neither runs a model nor writes much."""
    return Cost()


def forward_cost(entry: ModelEntry, tokens: int, disk_bytes: int = 0) -> Cost:
    """Count a forward pass over some tokens; weights and states are held in float32."""
    n = entry.shape.parameters
    return Cost(2.0 * n * tokens, tokens, 4 * n * 2, disk_bytes)


def training_cost(entry: ModelEntry, tokens: int) -> Cost:
    """Count training on ``tokens`` tokens; weights, gradients and two Adam moments in float32."""
    n = entry.shape.parameters
    return Cost(6.0 * n * tokens, tokens, memory_bytes=4 * 4 * n * 2, disk_bytes=4 * n)


def sampled_tokens(entry: ModelEntry, examples: Sequence[Example]) -> TokenCount:
    """Return the tokens of some prompts and responses in all, from a sample of 64 scaled up."""
    from igds_bench.modeling.tokens import encode

    sample = [examples[i] for i in range(0, len(examples), max(1, len(examples) // 64))][:64]
    rows, share = encode(entry.tokenizer, sample), len(examples) / max(1, len(sample))
    return TokenCount(
        round(sum(len(row.prompt) for row in rows) * share),
        round(sum(len(row.response) for row in rows) * share),
    )


class Rates:
    """Turns FLOPs into seconds: from finished stages of the run, else from a matrix product.

    Args:
        store: the run folder whose finished stages are learned from.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._timed: dict[str, Mapping[str, float] | None] = {}

    def seconds(self, kind: StageKind, cost: Cost) -> float:
        """Return the estimated wall-clock of a stage."""
        if kind.name not in self._timed:
            self._timed[kind.name] = _timed(self._store, kind.name)
        timed = self._timed[kind.name]
        if timed and timed["flops"] > 0:
            # A fifth is taken for what does not grow with the arithmetic.
            return timed["seconds"] * (0.2 + 0.8 * cost.flops / timed["flops"])
        if cost.flops == 0.0:
            return kind.overhead
        return kind.overhead + cost.flops / (kind.efficiency * matrix_rate())


def _timed(store: Store, kind: str) -> Mapping[str, float] | None:
    """Return mean seconds and FLOPs of the run's finished stages of a kind."""
    rows = [(m["seconds"], m["flops"]) for m in store.metas(kind) if m.get("flops")]
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
