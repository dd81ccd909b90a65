"""Training curves: the trainer's own ``report_to``, with a place and a name for every training."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from igds_bench.core.settings import FinetuneSettings
from igds_bench.errors import nearest

PLACE = "TENSORBOARD_LOGGING_DIR"
"""Where the trainer's TensorBoard writer looks for its folder; it has no argument for it."""
PACKAGES = {"azure_ml": "azureml-core", "flyte": "flytekit"}
"""Package of a tracker, where it isn't called as the tracker is."""


def trackers(settings: FinetuneSettings) -> list[str]:
    """Return the trackers that ``train.sft.report_to`` names."""
    asked = settings.sft.get("report_to") or "none"
    names = [asked] if isinstance(asked, str) else list(asked)
    return [str(name) for name in names if name != "none"]


def check_trackers(settings: FinetuneSettings) -> list[str]:
    """Return one sentence for every tracker that the trainer doesn't know or that is missing."""
    asked = [name for name in trackers(settings) if name != "all"]
    if not asked:
        return []
    from transformers.integrations.integration_utils import (
        INTEGRATION_TO_CALLBACK,
        get_available_reporting_integrations,
    )

    problems, there = [], get_available_reporting_integrations()
    for name in asked:
        if name not in INTEGRATION_TO_CALLBACK:
            known = ", ".join(sorted(INTEGRATION_TO_CALLBACK))
            hint = nearest(name, INTEGRATION_TO_CALLBACK)
            problems.append(
                f"`train.sft.report_to`: the trainer has no tracker '{name}'.{hint} "
                f"There are: {known}, all, none."
            )
        elif name not in there:
            problems.append(
                f"`train.sft.report_to: {name}` needs its package: "
                f"pip install {PACKAGES.get(name, name)}"
            )
    return problems


def named(settings: FinetuneSettings, given: FinetuneSettings, label: str) -> FinetuneSettings:
    """Return settings whose curves go where the grid says, under a name of their own.

    Args:
        settings: what determines the weights, as the stage's key has it.
        given: the grid's, which say where curves go.
        label: of the training; it follows the grid's own ``run_name``.
    """
    reporting = given.reporting()
    name = " ".join(filter(None, [reporting.get("run_name"), label]))
    return settings.model_copy(update={"sft": {**settings.sft, **reporting, "run_name": name}})


@contextmanager
def tracked(settings: FinetuneSettings, place: Path) -> Iterator[None]:
    """Give a training's curves their place, and end what its trackers began.

    TensorBoard's go to ``place``, unless TENSORBOARD_LOGGING_DIR is set. W&B has one run per
    process until it is told that it ended; a run that was there before is left alone.
    """
    if not trackers(settings):
        yield
        return
    given, before = os.environ.get(PLACE), _wandb_run()
    if given is None:
        os.environ[PLACE] = str(place)
    try:
        yield
    finally:
        if given is None:
            os.environ.pop(PLACE, None)
        run = _wandb_run()
        if before is None and run is not None:
            run.finish()


def _wandb_run() -> Any:
    """Return W&B's current run; None where there is none, or where nothing imported it."""
    return getattr(sys.modules.get("wandb"), "run", None)
