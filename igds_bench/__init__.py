"""Benchmark the choice of fine-tuning data for language models.

The three things the command line does, from Python::

    outcome = igds_bench.run("grid.yaml")
    result = igds_bench.select(selector="igds", pool="pool.jsonl", budget="50%", task="tiny-math")
    frame = igds_bench.load_records(outcome.folder)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench._version import __version__

if TYPE_CHECKING:
    import datasets
    import pandas as pd

    from igds_bench.config import BenchConfig
    from igds_bench.harness.requests.select import SelectionResult
    from igds_bench.harness.run.grid import Outcome

__all__ = ["__version__", "load_records", "run", "select", "to_dataset"]


def run(
    config: str | Path | Mapping[str, Any] | BenchConfig, out: str | Path | None = None
) -> Outcome:
    """Run a grid; cells that are already there are not computed again.

    Args:
        config: a grid file, the same as a mapping, or a checked ``BenchConfig``.
        out: the run folder; ``runs/<name>`` by default.

    Raises:
        IgdsError: something in the grid can't work; nothing has run.
    """
    from igds_bench.config import BenchConfig, load_config, parse_config
    from igds_bench.harness.run.grid import run_grid

    if isinstance(config, (str, Path)):
        grid = load_config(config)
    else:
        grid = config if isinstance(config, BenchConfig) else parse_config(dict(config))
    return run_grid(grid, Path(out) if out is not None else None)


def select(**request: Any) -> SelectionResult:
    """Rank a pool with one selector and cut it at a budget.

    Args:
        **request: the fields of ``SelectionRequest``: ``selector``, ``pool`` (a path, a hub data
            set, a pandas data frame, a data set of ``datasets`` or a list of dicts) and ``budget``,
            and optionally ``model``, ``task``, ``saes``, ``seed``, ``params``, ``columns``, ...

    Raises:
        IgdsError: something in the request can't work; nothing has run.
    """
    from igds_bench.harness.requests.select import SelectionRequest, select_rows

    return select_rows(SelectionRequest(**request))


def to_dataset(result: SelectionResult) -> datasets.Dataset:
    """Return what ``select`` chose as a data set of ``datasets``, best first.

    Rows are as they were read, with ``_id``, ``_rank`` (from 1) and ``_score`` beside.

    Raises:
        DataError: a field's values have no common type.
    """
    from datasets import Dataset

    from igds_bench.data.writing.files import to_table

    return Dataset(to_table(list(result.rows()), "selection"))


def load_records(folder: str | Path | Sequence[str | Path]) -> pd.DataFrame:
    """Return the records of run or leaderboard folders, one row per cell.

    Raises:
        DataError: a folder holds no records.
    """
    from igds_bench.report.read.records import load_records as read

    return read(folder)
