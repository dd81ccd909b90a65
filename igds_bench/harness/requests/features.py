"""Find and explain the features of one model, SAE suite and task, outside a grid."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from igds_bench.config import parse_config
from igds_bench.core.explanation import Explanation
from igds_bench.core.features import TaskFeatures
from igds_bench.errors import DataError
from igds_bench.harness.outputs.features import features_path
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.forecast import check_disk
from igds_bench.harness.plan.resolve import open_grid
from igds_bench.harness.progress import Progress
from igds_bench.harness.run.engines.local import LocalEngine
from igds_bench.harness.run.execute import Executor, StageFailure
from igds_bench.harness.run.open_run import set_threads
from igds_bench.harness.stages import KINDS
from igds_bench.harness.store import Store


@dataclass(frozen=True)
class FeaturesRequest:
    """What ``igds-bench features`` is asked."""

    model: str
    task: str
    saes: str | None = None
    """A suite by name or folder; None takes the model's own."""
    settings: Mapping[str, Any] | None = None
    """Fields of ``FeatureSettings`` that differ from the defaults."""
    explain: Mapping[str, Any] | None = None
    """Fields of ``ExplainSettings`` that differ from the defaults."""
    plugins: tuple[str, ...] = ()
    allow_sae_transfer: bool = False
    device: str | None = None
    threads: int | None = None
    out: Path = Path("runs/features")
    """A run folder; what is there already is not computed again."""


@dataclass(frozen=True)
class FoundFeatures:
    """What was found, and the file that it is kept in."""

    features: TaskFeatures
    explanation: Explanation
    path: Path
    reused: bool
    """Whether all of it had been computed before."""


def find_features(request: FeaturesRequest, console: Console | None = None) -> FoundFeatures:
    """Find a task's features and explain the best of them.

    Args:
        request: what is asked.
        console: where progress is shown; None shows nothing.

    Raises:
        IgdsError: something in the request can't work; said before any model is loaded.
    """
    config = parse_config(
        {
            "name": "features",
            "models": [request.model],
            "tasks": [request.task],
            "saes": [request.saes] if request.saes else [],
            "selectors": ["igds"],
            "budgets": ["100%"],
            "references": [],
            "amplification": dict(request.settings or {}),
            "explain": dict(request.explain or {}),
            "plugins": list(request.plugins),
            "allow_sae_transfer": request.allow_sae_transfer,
            "device": request.device,
            "threads": request.threads,
        }
    )
    _, bench = open_grid(config)
    set_threads(config.threads)
    whole, store = make_plan(bench, KINDS), Store(request.out)
    stage = whole.of_kind("explain")[0]
    plan = whole.narrowed([stage])
    check_disk(plan, bench, store)
    execution = Executor(bench, plan, store, Progress(console))
    with execution.progress.grid(1):
        try:
            LocalEngine(execution).ensure(stage)
        except StageFailure as failure:
            raise DataError(failure.reason) from failure
    (store.root / "records").mkdir(parents=True, exist_ok=True)
    path = features_path(stage.inputs[0], store.root)
    data = json.loads(path.read_text("utf-8"))
    explanation = Explanation.model_validate(data.pop("explanation"))
    for name in ("model", "task", "saes"):
        data.pop(name)
    found = TaskFeatures.model_validate(data)
    return FoundFeatures(found, explanation, path, not execution.computed)
