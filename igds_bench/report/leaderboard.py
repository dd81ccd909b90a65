"""The leaderboard: records grouped by model and task, summarised over seeds, set against random."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from igds_bench.core.record import RunRecord
from igds_bench.core.selection import Budget
from igds_bench.report.records import read_records
from igds_bench.report.statistics import Difference, Summary, difference, summarise


@dataclass(frozen=True)
class Row:
    """One selector at one budget, or one reference."""

    selector: str
    kind: str
    saes: str | None
    budget: str | None
    share: float
    """Selected share of the pool; 0 for ``base``, 1 for ``full``."""
    metrics: dict[str, Summary]
    """Over seeds, by metric."""
    against_random: Difference | None
    """Of the primary metric, at the same budget; None for references and for random itself."""
    records: tuple[RunRecord, ...]
    beyond_supply: bool = False

    def seconds(self, charge: str) -> float:
        """Return mean seconds per cell of ``selection`` or ``training``, whoever computed them."""
        return sum(_spent(r, charge, "seconds") for r in self.records) / len(self.records)

    def flops(self, charge: str) -> float:
        """Return mean FLOPs per cell of ``selection`` or ``training``."""
        return sum(_spent(r, charge, "flops") for r in self.records) / len(self.records)

    @property
    def tokens(self) -> float | None:
        """Mean training tokens of the selection."""
        counts = [r.selection.tokens for r in self.records if r.selection]
        return sum(counts) / len(counts) if counts else None

    @property
    def amplification(self) -> float | None:
        """Mean change of the task features' activation at t*, over records and suites."""
        changes = [a.change for r in self.records for a in r.amplification]
        return sum(changes) / len(changes) if changes and self.selector != "base" else None


@dataclass(frozen=True)
class Board:
    """All rows of one model and task."""

    model: str
    task: str
    primary: str
    """The metric that rows are sorted and judged by."""
    higher_is_better: bool
    metrics: tuple[str, ...]
    rows: tuple[Row, ...]

    def row(self, selector: str, budget: str | None = None) -> Row | None:
        """Return the row of a selector at a budget, or None."""
        return next((r for r in self.rows if r.selector == selector and r.budget == budget), None)

    @property
    def budgets(self) -> tuple[str, ...]:
        """Budgets of the contenders, smallest first."""
        shares = {r.budget: r.share for r in self.rows if r.budget is not None}
        return tuple(sorted((b for b in shares if b), key=lambda b: shares[b]))


@dataclass
class Leaderboard:
    """What some folders of records say."""

    name: str
    boards: list[Board] = field(default_factory=list)
    failed: list[RunRecord] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    features: list[dict[str, Any]] = field(default_factory=list)
    """Contents of ``features/*.json``."""
    suites: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Contents of ``saes/*.json``, what is measured of the SAE suites, by name."""
    grid: str = ""
    """Text of ``grid.yaml``."""
    folders: tuple[Path, ...] = ()
    """Where it was read from; manifests lie there."""

    @property
    def records(self) -> list[RunRecord]:
        """All successful records."""
        return [record for board in self.boards for row in board.rows for record in row.records]


def build_leaderboard(folders: Sequence[Path | str] | Path | str) -> Leaderboard:
    """Read one or more run or leaderboard folders and summarise them.

    Raises:
        DataError: a folder holds no records.
    """
    places = [Path(f) for f in ([folders] if isinstance(folders, (str, Path)) else folders)]
    records = read_records(places)
    groups: dict[tuple[str, str], list[RunRecord]] = defaultdict(list)
    for record in records.ok:
        groups[record.cell.model, record.cell.task].append(record)
    problems = records.problems + _problems(records.ok)
    features = _read_all(places, "features", problems)
    grid = places[0] / "grid.yaml"
    text = grid.read_text(encoding="utf-8") if grid.exists() else ""
    return Leaderboard(
        name=_name(text, places[0]),
        boards=[_board(*key, group) for key, group in sorted(groups.items())],
        failed=sorted(records.failed, key=lambda record: record.cell.id),
        problems=problems,
        features=features,
        suites={suite["name"]: suite for suite in _read_all(places, "saes", problems)},
        grid=text,
        folders=tuple(places),
    )


def _name(grid: str, folder: Path) -> str:
    try:
        data = yaml.safe_load(grid) if grid else None
    except yaml.YAMLError:
        data = None
    return str(data["name"]) if isinstance(data, dict) and "name" in data else folder.name


def _read_all(folders: Iterable[Path], kind: str, problems: list[str]) -> list[dict[str, Any]]:
    """Return the contents of the JSON files of one sub-folder; the last of a name counts."""
    found = {}
    for path in (p for f in folders for p in sorted((f / kind).glob("*.json"))):
        try:
            found[path.name] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            problems.append(f"{path.name}: no readable JSON (truncated?); left out.")
    return list(found.values())


def _problems(records: Sequence[RunRecord]) -> list[str]:
    """Name what makes scores of one model and task hard to compare."""
    problems = []
    groups: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for record in records:
        group = groups[record.cell.model, record.cell.task]
        for name in ("data", "base"):
            group[name].add(record.revisions.get(name, ""))
        if record.training is not None:
            train = json.dumps(record.settings.get("train"), sort_keys=True)
            group["training settings"].add(train)
        for name, score in record.scores.items():
            low, high = (0.0, 100.0) if not name.endswith("response_loss") else (0.0, math.inf)
            if "/" not in name and not low - 1e-9 <= score.value <= high + 1e-9:
                problems.append(
                    f"{record.cell.id}: {name} = {score.value:g} is outside {low:g} to {high:g}."
                )
    for (model, task), group in groups.items():
        for name, values in group.items():
            if len(values) > 1:
                problems.append(
                    f"{task}, {model}: its records were made with {len(values)} different versions "
                    f"of the {name}, so its rows can't be compared."
                )
    return problems


def _board(model: str, task: str, records: list[RunRecord]) -> Board:
    primary = records[0].primary_metric
    names = list(dict.fromkeys(name for record in records for name in record.scores))
    groups: dict[tuple[str, str | None, str | None], list[RunRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda r: r.cell.id):
        groups[record.cell.selector, record.cell.saes, record.cell.budget].append(record)
    several = len({saes for _, saes, _ in groups if saes}) > 1
    rows = [_row(group, groups, primary, names, several) for group in groups.values()]
    score = records[0].scores.get(primary)
    higher = score.higher_is_better if score else True
    rows.sort(key=lambda row: _order(row, primary, higher))
    return Board(model, task, primary, higher, tuple(names), tuple(rows))


def _order(row: Row, primary: str, higher: bool) -> tuple[Any, ...]:
    """Sort references without a budget first, then by budget, then by the primary metric."""
    place = {"base": 0, "full": 1, "target-only": 2}.get(row.selector, 3)
    value = row.metrics[primary].mean if primary in row.metrics else -math.inf
    return place, row.share if place == 3 else 0, -value if higher else value, row.selector


def _row(
    group: list[RunRecord],
    groups: dict[tuple[str, str | None, str | None], list[RunRecord]],
    primary: str,
    names: list[str],
    several: bool,
) -> Row:
    cell, selection = group[0].cell, group[0].selection
    random = groups.get(("random", None, cell.budget), [])
    judged = cell.kind == "contender" and cell.selector != "random"
    share = {"base": 0.0, "full": 1.0, "target-only": 0.0}.get(cell.selector)
    if share is None:
        share = selection.n / selection.pool_size if selection else _share(cell.budget)
    values = {name: [r.scores[name].value for r in group if name in r.scores] for name in names}
    baseline = [r.scores[primary].value for r in random if primary in r.scores]
    return Row(
        selector=f"{cell.selector} ({cell.saes})" if several and cell.saes else cell.selector,
        kind=cell.kind,
        saes=cell.saes,
        budget=cell.budget,
        share=share,
        metrics={name: summarise(found) for name, found in values.items() if found},
        against_random=difference(values[primary], baseline) if judged and baseline else None,
        records=tuple(group),
        beyond_supply=bool(selection and selection.beyond_supply),
    )


def _share(budget: str | None) -> float:
    parsed = Budget.parse(budget) if budget else None
    return parsed.amount if parsed and parsed.kind == "fraction" else 0.0


def _spent(record: RunRecord, charge: str, name: str) -> float:
    """Return what a record's phases say of a charge; older records name none, kinds tell it."""
    selecting = {"rank"}
    if record.selection and "features" in record.selection.notes:
        selecting.add("features")
    kinds = selecting if charge == "selection" else {"finetune"}
    return sum(
        getattr(phase, name) or 0.0
        for phase in record.phases
        if phase.charge == charge or (phase.charge is None and phase.kind in kinds)
    )
