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


def render_again(folder: Path, plugins: Sequence[str] = ()) -> Path:
    """Write the report of a run, in its ``report/``, or of a leaderboard, in its own folder."""
    from igds_bench.report.board.leaderboard import build_leaderboard
    from igds_bench.report.publish.gallery import refresh_gallery
    from igds_bench.report.render import render

    is_run = (folder / "stages").is_dir()
    board = build_leaderboard(folder, plugins)
    report = render(board, folder / "report" if is_run else folder)
    refresh_gallery(folder.parent)
    return report


def duration(seconds: float) -> str:
    """Return seconds as a person says them: ``12 s``, ``3 min``, ``1.5 h``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
