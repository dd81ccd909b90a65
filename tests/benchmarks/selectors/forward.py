"""Time shared forwards against a batch-of-one loop: ``python -m tests.benchmarks.selectors.forward``.

The loop is the obvious code: one example at a time through the model's own loss. Times are seconds
of processor time on one thread; the loop runs on a seeded sample and is extrapolated.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from igds_bench.core.data import Example
from igds_bench.core.quantities import View
from igds_bench.data.splits import load_task_data
from igds_bench.features.saes.active import ActiveFeatureReader
from igds_bench.features.saes.suite import open_suite
from igds_bench.modeling.forward import EmbeddingReader, ExampleForward, LossReader, encode
from igds_bench.modeling.load import LanguageModel, load_language_model
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries
from tests.benchmarks.selectors.text import Row
from tests.benchmarks.setting import random_llama, read_examples

THRESHOLD = 10.0
"""Of the SAE selectors."""
SAMPLE = 200
"""Examples that the loop reads."""
TASKS = ("tiny-math", "tiny-summarization", "tiny-translation")
VIEWS: dict[str, tuple[View, ...]] = {
    "loss": ("prompt+response",),
    "ifd": ("prompt+response", "bos+response"),
}


def rows(full: bool) -> Iterator[Row]:
    """Yield every race, the smallest first."""
    yield from tiny_rows()
    yield from state_rows()
    yield sharing_row()
    yield from llama_rows(500 if full else 100)


def tiny_rows() -> list[Row]:
    """Race ``loss`` and ``ifd`` on the three embedded pools."""
    registries = build_registries(create_plugin_manager(autoload=False))
    lm = load_language_model(registries.models.get("tiny").spec, "base", "cpu")
    found = []
    for task in TASKS:
        pool = list(load_task_data(registries.tasks.get(task).spec).pool)
        for name, views in VIEWS.items():
            found.append(_race(f"{name}, {task}, {len(pool):,} examples", lm, pool, views))
    return found


def state_rows() -> list[Row]:
    """Race what ``rds-plus``, ``k-center`` and the SAE selectors read on an embedded pool."""
    registries = build_registries(create_plugin_manager(autoload=False))
    lm = load_language_model(registries.models.get("tiny").spec, "base", "cpu")
    suite = open_suite(registries.saes.get("tiny").spec)
    pool = list(load_task_data(registries.tasks.get("tiny-math").spec).pool)
    reader = ActiveFeatureReader(suite, None, THRESHOLD, lm.tokenizer)
    layer = suite.layers[len(suite.layers) // 2]
    sae = suite.load(layer)

    def embedding(states: Sequence[torch.Tensor]) -> torch.Tensor:
        weights = torch.arange(1, len(states[-1]) + 1, dtype=torch.float32)
        return (weights / weights.sum()) @ states[-1]

    def features(states: Sequence[torch.Tensor]) -> torch.Tensor:
        return (sae.encode(states[layer + 1][1:]) > THRESHOLD).any(dim=0).nonzero().flatten()

    return [
        _state_race("embeddings, tiny-math", lm, pool, EmbeddingReader(), embedding),
        _state_race("active SAE features, tiny-math", lm, pool, reader, features),
    ]


def llama_rows(examples: int) -> list[Row]:
    """Race both on real texts with a 12-layer model of width 512."""
    with tempfile.TemporaryDirectory() as folder:
        lm = random_llama(Path(folder))
        everything, data = read_examples()
        pool = random.Random(0).sample(everything, min(examples, len(everything)))
        return [
            _race(f"{name}, {data}, 12 layers, d=512, {len(pool):,} examples", lm, pool, views)
            for name, views in VIEWS.items()
        ]


def sharing_row() -> Row:
    """Compare one forward for losses and embeddings with one for each."""
    registries = build_registries(create_plugin_manager(autoload=False))
    lm = load_language_model(registries.models.get("tiny").spec, "base", "cpu")
    pool = list(load_task_data(registries.tasks.get("tiny-math").spec).pool)
    both = _seconds(lambda: _forward(lm, pool, [LossReader(), EmbeddingReader()]))
    apart = _seconds(lambda: [_forward(lm, pool, [r]) for r in (LossReader(), EmbeddingReader())])
    return Row("losses and embeddings, tiny-math", both, apart, "reference: a forward for each")


def _race(name: str, lm: LanguageModel, pool: Sequence[Example], views: Sequence[View]) -> Row:
    sample = random.Random(0).sample(list(pool), min(SAMPLE, len(pool)))
    ours = looped = 0.0
    for view in views:
        task = ExampleForward(lm, view, [LossReader()])
        losses: list[float] = []
        task.run(sample[:8])
        looped += _seconds(lambda view=view, into=losses: into.extend(_loop(lm, sample, view)))
        ours += _seconds(lambda task=task: task.run(pool))
        [rows] = task.run(sample)
        same = [float(row.mean()) for row in rows]
        assert torch.allclose(torch.tensor(same), torch.tensor(losses), atol=1e-3)
    note = f"loop on {len(sample)} examples, extrapolated; losses equal to 1e-3"
    return Row(name, ours, looped * len(pool) / len(sample), note)


@torch.inference_mode()
def _state_race(
    name: str,
    lm: LanguageModel,
    pool: Sequence[Example],
    reader: Any,
    obvious: Callable[[Sequence[torch.Tensor]], torch.Tensor],
) -> Row:
    """Race a reader against one example at a time with all hidden states."""
    sample = random.Random(0).sample(list(pool), min(SAMPLE, len(pool)))
    task, found = ExampleForward(lm, "prompt+response", [reader]), []

    def loop() -> None:
        for example in sample:
            [row] = encode(lm, [example], "prompt+response")
            output = lm.model(torch.tensor([row.tokens]), output_hidden_states=True)
            found.append(obvious([state[0] for state in output.hidden_states]))

    task.run(sample[:8])
    looped, ours = _seconds(loop), _seconds(lambda: task.run(pool))
    [rows] = task.run(sample)
    unequal = sum(
        len(a) != len(b) or not np.allclose(a, b.numpy(), atol=1e-3)
        for a, b in zip(rows, found, strict=True)
    )
    note = f"loop on {len(sample)} examples, extrapolated; {unequal} of them unequal"
    return Row(f"{name}, {len(pool):,} examples", ours, looped * len(pool) / len(sample), note)


@torch.inference_mode()
def _loop(lm: LanguageModel, examples: Sequence[Example], view: View) -> list[float]:
    """Return mean losses by the model's own loss, one example at a time."""
    found = []
    for example in examples:
        [row] = encode(lm, [example], view)
        ids = torch.tensor([row.tokens])
        labels = ids.clone()
        labels[:, : row.start] = -100
        found.append(float(lm.model(input_ids=ids, labels=labels).loss))
    return found


def _forward(lm: LanguageModel, pool: Sequence[Example], readers: list[object]) -> None:
    ExampleForward(lm, "prompt+response", readers).run(pool)  # type: ignore[arg-type]


def _seconds(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="500 texts for the larger model")
    options = parser.parse_args()
    torch.set_num_threads(1)
    table = Table("selector", "ours, s", "reference, s", "ratio", "note")
    for row in rows(options.full):
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}"
        table.add_row(row.name, f"{row.ours:.2f}", f"{row.reference:.1f}", ratio, row.note)
    Console(width=None if Console().is_terminal else 160).print(table)


if __name__ == "__main__":
    main()
