"""How a task's features are kept, and where they are published."""

from __future__ import annotations

from pathlib import Path

from igds_bench.core.features import TaskFeatures
from igds_bench.core.names import path_name
from igds_bench.core.seeding import content_key
from igds_bench.harness.plan.graph import Stage


def read_features(folder: Path) -> TaskFeatures:
    """Read a ``features`` stage's output."""
    return TaskFeatures.model_validate_json((folder / "features.json").read_text("utf-8"))


def features_path(stage: Stage, root: Path) -> Path:
    """Return where a features stage's table is published in a run folder."""
    settings = content_key(stage.params["settings"], length=6)
    name = path_name("features", stage.at.task, stage.at.model, stage.at.saes, settings)
    return root / "features" / f"{name}.json"
