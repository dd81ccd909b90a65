"""The leaderboard: records by model and task, summarised over seeds, set against a baseline."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from igds_bench.core.grid import POOL_SHARES, Role
from igds_bench.core.record import RunRecord
from igds_bench.core.selection import Budget
from igds_bench.metrics.recorded import Offered, installed
from igds_bench.report.board.curves import Curve, board_curves
from igds_bench.report.board.judging import judge_board, places_of
from igds_bench.report.board.rows import NO_BASELINE, Board, Row
from igds_bench.report.read.admission import admit
from igds_bench.report.read.record_facts import distinct_cells
from igds_bench.report.read.records import read_records
from igds_bench.report.statistics.ranks import Standing, standings
from igds_bench.report.statistics.summaries import summarise

SHORTENED = 0.01
"""Share of training rows cut or dropped by length above which a report says so."""
MARGIN = 1.0
"""Points within which a row counts as tied where the grid declares none."""
ROLES: tuple[Role, ...] = ("reference", "baseline", "placebo", "control", "contender")
"""The first of them that any record of a row has is the row's: a control that only its later
records mark is not ranked among the selectors that it is there to question."""


@dataclass
class Leaderboard:
    """What some folders of records say."""

    name: str
    boards: list[Board] = field(default_factory=list)
    failed: list[RunRecord] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    """Selectors over all models, tasks and budgets."""
    curves: list[Curve] = field(default_factory=list)
    """Of every selector with several budgets, by model and task."""
    features: list[dict[str, Any]] = field(default_factory=list)
    """Contents of ``features/*.json``."""
    suites: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Contents of ``saes/*.json``, what is measured of the SAE suites, by name."""
    grid: str = ""
    """Text of ``grid.yaml``."""
    folders: tuple[Path, ...] = ()
    """Where it was read from; manifests lie there."""
    offered: Offered = field(default_factory=installed)
    """What plugins offer, for metrics that only they can put together."""

    @property
    def records(self) -> list[RunRecord]:
        """All successful records."""
        return [record for board in self.boards for row in board.rows for record in row.records]

    @property
    def against(self) -> str:
        """What rows are set against, for texts."""
        found = {board.against for board in self.boards}
        return found.pop() if len(found) == 1 else NO_BASELINE


def build_leaderboard(
    folders: Sequence[Path | str] | Path | str, plugins: Iterable[Path | str] = ()
) -> Leaderboard:
    """Read one or more run or leaderboard folders and summarise them.

    Args:
        folders: runs or leaderboards.
        plugins: local ones, beside those that are installed; none is loaded unless records name a
            function of a metric that this package does not have.

    Raises:
        DataError: a folder holds no records.
    """
    roots = [Path(f) for f in ([folders] if isinstance(folders, (str, Path)) else folders)]
    records = read_records(roots)
    admitted, problems = admit(records.ok, roots)
    problems = records.problems + problems + shortened(admitted)
    grid = roots[0] / "grid.yaml"
    text = grid.read_text(encoding="utf-8") if grid.exists() else ""
    settings, offered = _settings(text), installed(plugins)
    judged = [
        judge_board(board, roots, _margin(settings, board.task), offered)
        for board in _boards(admitted)
    ]
    problems += [problem for found in judged for problem in found.problems]
    return Leaderboard(
        name=str(settings.get("name", roots[0].name)),
        boards=[found.board for found in judged],
        failed=sorted(records.failed, key=lambda record: record.cell.id),
        standings=standings([place for found in judged for place in places_of(found.board)]),
        curves=[curve for found in judged for curve in board_curves(found)],
        features=_read_all(roots, "features", problems),
        suites={suite["name"]: suite for suite in _read_all(roots, "saes", problems)},
        problems=problems,
        grid=text,
        folders=tuple(roots),
        offered=offered,
    )


def shortened(records: Iterable[RunRecord]) -> list[str]:
    """Return one sentence for each cell that was trained on rows cut or dropped by length."""
    return [
        f"{record.cell.id}: of {training.examples} training rows {training.cut} were cut and "
        f"{training.dropped} dropped at the greatest length ({training.shortened:.1%}); raise "
        "`train.sft.max_length`, or leave long rows out of the pool."
        for record in records
        if (training := record.training) is not None and training.shortened > SHORTENED
    ]


def _boards(records: Iterable[RunRecord]) -> list[Board]:
    groups: dict[tuple[str, str], list[RunRecord]] = defaultdict(list)
    for record in records:
        groups[record.cell.model, record.cell.task].append(record)
    return [_board(*key, group) for key, group in sorted(groups.items())]


def _settings(grid: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(grid) if grid else None
    except yaml.YAMLError:
        data = None
    return data if isinstance(data, dict) else {}


def _margin(settings: dict[str, Any], task: str) -> float:
    """Return the margin that the grid declares for a task."""
    declared = settings.get("tied_within", MARGIN)
    return float(declared.get(task, MARGIN) if isinstance(declared, dict) else declared)


def _read_all(folders: Iterable[Path], kind: str, problems: list[str]) -> list[dict[str, Any]]:
    """Return the contents of the JSON files of one sub-folder; the last of a name counts."""
    found = {}
    for path in (p for f in folders for p in sorted((f / kind).glob("*.json"))):
        try:
            found[path.name] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            problems.append(f"{path.name}: no readable JSON (truncated?); left out.")
    return list(found.values())


def _board(model: str, task: str, records: list[RunRecord]) -> Board:
    primary = records[0].primary_metric
    names = list(dict.fromkeys(name for record in records for name in record.scores))
    groups: dict[tuple[str, str | None, str | None], list[RunRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda r: r.cell.id):
        groups[record.cell.selector, record.cell.saes, record.cell.budget].append(record)
    several = len({saes for _, saes, _ in groups if saes}) > 1
    rows = [_row(group, names, several) for group in groups.values()]
    score = records[0].scores.get(primary)
    higher = score.higher_is_better if score else True
    rows.sort(key=lambda row: _order(row, primary, higher))
    return Board(model, task, primary, higher, tuple(names), tuple(rows))


def _order(row: Row, primary: str, higher: bool) -> tuple[Any, ...]:
    """Sort references without a budget first, then by budget, then by the primary metric."""
    first = [*POOL_SHARES]
    place = first.index(row.selector) if row.selector in first else len(first)
    share = 0 if row.selector in first else row.share
    value = row.metrics[primary].mean if primary in row.metrics else -math.inf
    return place, share, -value if higher else value, row.selector


def _row(
    group: list[RunRecord],
    names: list[str],
    several: bool,
) -> Row:
    cell, selection = group[0].cell, group[0].selection
    share = POOL_SHARES.get(cell.selector, _share(cell.budget))
    if share is None:
        share = selection.n / selection.pool_size if selection else 0.0
    cells = distinct_cells(group)
    values = {name: [r.scores[name].value for r in cells if name in r.scores] for name in names}
    return Row(
        selector=f"{cell.selector} ({cell.saes})" if several and cell.saes else cell.selector,
        role=_role(group),
        saes=cell.saes,
        budget=cell.budget,
        share=share,
        metrics={name: summarise(found) for name, found in values.items() if found},
        records=tuple(group),
        beyond_supply=bool(selection and selection.beyond_supply),
    )


def _role(group: Iterable[RunRecord]) -> Role:
    """Return the role of a row whose records may be of grids that differ in it."""
    found = {record.cell.role for record in group}
    return next(role for role in ROLES if role in found)


def _share(budget: str | None) -> float | None:
    """Return the share of the pool that a budget names, or None where it names a count."""
    parsed = Budget.parse(budget) if budget else None
    return parsed.amount if parsed and parsed.kind == "fraction" else None
