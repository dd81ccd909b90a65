"""What lies behind a board's numbers: data, the baseline's spread, the plan, what made them."""

from __future__ import annotations

from typing import Any

from igds_bench.core.record import DataFacts, Environment
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.sections.section import Section
from igds_bench.report.sections.words import seconds_text


def data_section(board: Leaderboard) -> Section:
    """Return what is known of each task's data: sizes, duplicates, drops, sources, licences."""
    facts = facts_by_task(board)
    lines = [
        line
        for task, own in facts.items()
        for line in (f"{task}: {_data(own)}.", *_sources(task, own))
    ]
    return Section("Data", lines)


def facts_by_task(board: Leaderboard) -> dict[str, DataFacts]:
    """Return the facts of each task's data, those of its newest record that has some."""
    newest = sorted(board.records, key=lambda record: record.created, reverse=True)
    found: dict[str, DataFacts] = {}
    for record in newest:
        if record.settings.data is not None:
            found.setdefault(record.cell.task, record.settings.data)
    order = dict.fromkeys(record.cell.task for record in board.records)
    return {task: found[task] for task in order if task in found}


def _sources(task: str, facts: DataFacts) -> list[str]:
    """Return one sentence for each data set: what of it is used, revision, licence, homepage."""
    lines = []
    for source in facts.sources or ():
        at = f" at {source.revision[:12]}" if source.revision else ""
        copy = ", a local copy" if source.kind == "copy" else ""
        home = f", {source.homepage}" if source.homepage else ""
        licence = f"licence {source.licence or 'not stated'}"
        lines.append(
            f"{task}, {', '.join(source.splits)}: from {source.name}{at}{copy} ({licence}{home})."
        )
    return lines


def spread_section(board: Leaderboard) -> Section:
    """Return ``baseline_spread`` of every task and model."""
    lines = [f"{b.task}, {b.model}, {line}" for b in board.boards for line in baseline_spread(b)]
    return Section(f"Spread of {board.against}", lines)


def _data(facts: DataFacts) -> str:
    known = facts.model_dump(exclude={"dropped", "sources"}, exclude_none=True)
    shown = [f"{name.replace('_', ' ')} {value}" for name, value in known.items()]
    return ", ".join([*shown, *(f"dropped ({why}) {n}" for why, n in facts.dropped.items())])


def baseline_spread(board: Board) -> list[str]:
    """Return how much of the baseline's spread comes from the draw and how much from training."""
    import numpy as np

    lines = []
    for row in board.rows:
        grid = _seed_grid(row, board.primary)
        if row.selector != board.baseline or grid is None:
            continue
        draw = float(np.std(grid.mean(axis=1), ddof=1))
        training = float(np.sqrt(grid.var(axis=1, ddof=1).mean()))
        lines.append(
            f"{row.budget}: the means of {grid.shape[0]} draws have a standard deviation of "
            f"{draw:.2f}; within a draw, {grid.shape[1]} training seeds have {training:.2f}."
        )
    return lines


def _seed_grid(row: Row, metric: str) -> Any:
    """Return (draws, training seeds) of a metric, or None where they aren't fully crossed."""
    import numpy as np

    values = {
        (r.cell.selection_seed, r.cell.training_seed): r.scores[metric].value
        for r in row.records
        if metric in r.scores
    }
    draws, seeds = ({key[i] for key in values} for i in (0, 1))
    if len(draws) < 2 or len(seeds) < 2 or len(values) != len(draws) * len(seeds):
        return None
    return np.array([[values[d, t] for t in sorted(seeds)] for d in sorted(draws)])  # type: ignore[type-var]


def estimate_section(board: Leaderboard) -> Section:
    """Return how right the plan's seconds were, over stages that were computed."""
    phases = {p.key: p for r in board.records for p in r.phases if p.estimated_seconds}
    actual = sum(phase.seconds for phase in phases.values())
    planned = sum(phase.estimated_seconds or 0.0 for phase in phases.values())
    if not actual:
        return Section("Plan against measurement")
    line = (
        f"The plan estimated {seconds_text(planned)} for {len(phases)} stages that took "
        f"{seconds_text(actual)} (ratio {planned / actual:.2f})."
    )
    return Section("Plan against measurement", [line])


def environment_section(board: Leaderboard) -> Section:
    """Return what the records were made with: one line per distinct environment."""
    found: dict[str, int] = {}
    for record in board.records:
        if record.environment is not None:
            line = _environment_line(record.environment)
            found[line] = found.get(line, 0) + 1
    return Section("Made with", [f"{count} records: {line}" for line, count in found.items()])


def grid_section(board: Leaderboard) -> Section:
    """Return the grid, to run it again."""
    how = "Save this as `grid.yaml` and run `igds-bench run grid.yaml`:"
    return Section("How to run it again", [how] if board.grid else [], code=board.grid)


def _environment_line(env: Environment) -> str:
    commit = f"commit {env.commit[:12]}" if env.commit else "installed"
    if env.dirty:
        commit += " with uncommitted changes"
    packages = ", ".join(f"{name} {version}" for name, version in env.packages.items())
    return (
        f"igds_bench {env.igds_bench} ({commit}), Python {env.python}, {env.device}, "
        f"{env.processor}, {env.cores} cores, {env.threads} threads; {packages}."
    )
