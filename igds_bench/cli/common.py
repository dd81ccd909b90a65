"""What several verbs share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from igds_bench.config import BenchConfig


def load_with_plugins(path: Path, plugins: Sequence[str] | None) -> BenchConfig:
    """Read a grid file and add the plugins named on the command line."""
    from igds_bench.config import load_config

    config = load_config(path)
    return config.model_copy(update={"plugins": (*config.plugins, *(plugins or ()))})
