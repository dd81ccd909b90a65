"""Run a sample of published cells again, and say how far their scores come out apart."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console

from igds_bench.config import BenchConfig, parse_config
from igds_bench.core.record import RunRecord
from igds_bench.core.seeding import keyed_order
from igds_bench.errors import DataError
from igds_bench.harness.plan.cells import make_plan
from igds_bench.harness.plan.resolve import open_grid
from igds_bench.harness.run.grid import run_grid
from igds_bench.harness.stages import KINDS
from igds_bench.harness.store import Store


@dataclass(frozen=True)
class Again:
    """One metric of a cell that was run again."""

    cell: str
    metric: str
    primary: bool
    recorded: float
    again: float | None
    """None where the cell failed, or has no such score now."""
    same_key: bool = False
    """Whether all that determines the result is what it was."""
    reason: str = ""
    """Why it failed."""

    @property
    def difference(self) -> float | None:
        """Now minus then."""
        return None if self.again is None else self.again - self.recorded


def rerun(
    folder: Path,
    records: Sequence[RunRecord],
    number: int,
    seed: int = 0,
    console: Console | None = None,
) -> list[Again]:
    """Run a sample of a folder's cells again, in a run folder that is removed afterwards.

    Paths in the grid are taken as ``igds-bench run`` takes them, from the current folder; plugins
    that the grid names are loaded.

    Args:
        folder: a run or leaderboard folder, with its ``grid.yaml``.
        records: its successful records.
        number: how many cells are drawn.
        seed: of the draw.
        console: where progress is shown.

    Raises:
        DataError: the folder has no grid, or none of its records is a cell of its grid.
        PlanError: its grid can't run here.
    """
    grids = _grids(folder)
    owner = {cell: config for config in reversed(grids) for cell in _cells(config)}
    known = {record.cell.id: record for record in records if record.cell.id in owner}
    if not known:
        raise DataError(f"no record of {folder} is a cell of its grid.yaml: nothing to run again.")
    found = []
    with tempfile.TemporaryDirectory(prefix="igds-bench-rerun-") as place:
        for cell in keyed_order(known, seed, "rerun")[:number]:
            run = Path(place) / str(grids.index(owner[cell]))
            run_grid(owner[cell], run, console, only=cell)
            found += _compare(known[cell], Store(run))
    return found


def _grids(folder: Path) -> list[BenchConfig]:
    """Return the grids that a folder's records were made with."""
    paths = [folder / "grid.yaml", *sorted((folder / "grids").glob("*.yaml"))]
    texts = [path.read_text(encoding="utf-8") for path in paths if path.is_file()]
    if not texts:
        raise DataError(f"{folder} has no grid.yaml, so its cells can't be run again.")
    return [parse_config(yaml.safe_load(text)) for text in texts]


def _cells(config: BenchConfig) -> list[str]:
    _, bench = open_grid(config)
    return [planned.cell.id for planned in make_plan(bench, KINDS).cells]


def _compare(record: RunRecord, store: Store) -> list[Again]:
    """Set the scores of a cell that was run again against the recorded ones."""
    cell = record.cell.id
    new = store.read_record(store.root / "records" / f"{cell}.json")
    failed = store.read_record(store.root / "records" / "failed" / f"{cell}.json")
    return [
        Again(
            cell=cell,
            metric=name,
            primary=name == record.primary_metric,
            recorded=score.value,
            again=new.scores[name].value if new is not None and name in new.scores else None,
            same_key=new is not None and new.key == record.key,
            reason=failed.reason if failed is not None else "",
        )
        for name, score in record.scores.items()
    ]
