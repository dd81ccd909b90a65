"""Every hook of igds_bench in one module: selector, model, SAE suite, task, metric, observers."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from igds_bench.builtin import tiny
from igds_bench.core.aggregation import Ratio
from igds_bench.core.data import SPLITS, Pool
from igds_bench.core.grid import Cell
from igds_bench.core.protocols import SelectionContext, Stage
from igds_bench.core.record import RunRecord
from igds_bench.core.seeding import keyed_order, keyed_uniform
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import MetricSpec, ModelSpec, SAESpec, SelectorSpec, TaskSpec
from igds_bench.plugin import hookimpl

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

log = logging.getLogger(__name__)
WORDS = ("cat", "dog", "king", "bread", "red", "old")
SIZES = {"pool": 60, "prior": 24, "dev": 16, "tune": 4, "probe": 12, "test": 12}


@dataclass(frozen=True)
class Novelty:
    """Greedily add the example with the most n-grams that no chosen example has."""

    n: Annotated[int, Field(ge=1)] = 2
    """Length of the word n-grams of prompt and response."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids in the order they are added; a gain only falls, so old ones are kept."""
        words = {e.id: f"{e.prompt} {e.response}".lower().split() for e in pool}
        starts = range(self.n)
        grams = {i: set(zip(*(w[s:] for s in starts), strict=False)) for i, w in words.items()}
        heap = sorted((-len(g), keyed_uniform(context.seed, "tie", i), i) for i, g in grams.items())
        seen: set[tuple[str, ...]] = set()
        chosen: dict[str, float] = {}
        while heap and len(chosen) < context.limit:
            old, tie, id_ = heapq.heappop(heap)
            gain = len(grams[id_] - seen)
            if gain < -old:
                heapq.heappush(heap, (-gain, tie, id_))
                continue
            chosen[id_] = float(gain)
            seen |= grams[id_]
        return Ranking(tuple(chosen), chosen, notes={"ngrams_covered": len(seen)})


def words_in_place(predictions: Sequence[str], references: Sequence[str]) -> FloatArray:
    """Return (right, words) of each example: reference words that the prediction has there."""
    import numpy as np

    pairs = [(p.split(), r.split()) for p, r in zip(predictions, references, strict=True)]
    rows = [[sum(a == b for a, b in zip(p, r, strict=False)), len(r)] for p, r in pairs]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


IN_PLACE = MetricSpec("words_in_place", ("right", "words"), words_in_place, Ratio(scale=100.0))


def rows(split: str) -> Iterator[dict[str, str]]:
    """Yield a split's rows: four words, and the same backwards; no two rows are equal."""
    every = keyed_order((" ".join(words) for words in permutations(WORDS, 4)), 0, "example")
    start = sum(SIZES[name] for name in SPLITS[: SPLITS.index(split)])
    for text in islice(every, start, start + SIZES[split]):
        yield {"text": text, "backwards": " ".join(reversed(text.split()))}


@hookimpl
def igds_register_selectors() -> list[SelectorSpec]:
    """Return the selector; it needs nothing but the pool, so its ranking is keyed by that alone."""
    return [SelectorSpec("novelty", Novelty, "Most new word n-grams first.", kind="set")]


@hookimpl
def igds_register_models() -> list[ModelSpec]:
    """Return the embedded model under another name, with the suite below as its own."""
    name, probe = "example-model", str(tiny.PROBE)
    return [ModelSpec(name, str(tiny.MODEL), "Embedded.", probe=probe, saes="example-saes")]


@hookimpl
def igds_register_saes() -> list[SAESpec]:
    """Return the embedded suite, for the model above."""
    return [SAESpec("example-saes", "tiny", accepts=("example-model",), folder=tiny.SAES)]


@hookimpl
def igds_register_tasks() -> list[TaskSpec]:
    """Return a task whose rows are made in code."""
    prompt, response = "{text} \n Backwards:", "{backwards}"
    return [TaskSpec("example-reverse", prompt, response, rows, (IN_PLACE,), max_new_tokens=16)]


@hookimpl
def igds_register_metrics() -> list[MetricSpec]:
    """Return the metric, so that task files can name it as well."""
    return [IN_PLACE]


@hookimpl
def igds_stage_started(stage: Stage) -> None:
    """Log a stage that is about to run; one that is reused starts nothing."""
    log.info("%s starts", stage.label)


@hookimpl
def igds_stage_finished(
    stage: Stage, seconds: float, cost: Mapping[str, float], error: str
) -> None:
    """Log what a stage took, or why it failed."""
    log.info("%s: %s", stage.label, error or f"{seconds:.1f} s, {cost.get('flops', 0):.2g} FLOPs")


@hookimpl
def igds_cell_finished(cell: Cell, record: RunRecord) -> None:
    """Log a cell's main score once its record is written."""
    score = record.scores.get(record.primary_metric)
    log.info("%s: %s", cell.id, record.reason if score is None else f"{score.value:.2f}")
