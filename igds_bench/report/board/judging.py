"""Set the rows of a board against the baseline, and rank them, by per-example statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from igds_bench.core.aggregation import Mean
from igds_bench.core.record import RunRecord
from igds_bench.metrics.recorded import Offered
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.read.examples import Stored, read_statistics
from igds_bench.report.read.record_facts import distinct_cells, draws_at_random, selected
from igds_bench.report.statistics.paired import conclude, judge
from igds_bench.report.statistics.ranks import Place, Rank, bootstrap_values, ranks
from igds_bench.report.statistics.verdict import RowScores, Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 1000
"""Bootstrap draws behind intervals of ranks and curves."""


@dataclass(frozen=True)
class Judged:
    """A board with its verdicts, and what its curves are drawn from."""

    board: Board
    problems: tuple[str, ...]
    boot: Mapping[tuple[str, str | None], Floats]
    """(draws,): bootstrap values of the primary metric by selector and budget, all rows' test
    examples resampled together."""


def judge_board(board: Board, folders: Sequence[Path], margin: float, offered: Offered) -> Judged:
    """Return a board whose rows have verdicts and ranks.

    Args:
        board: of one model and task.
        folders: runs or leaderboards that hold the records' examples.
        margin: points of the primary metric within which a row counts as tied with the
            baseline.
        offered: what plugins offer, for metrics that only they can put together.
    """
    records = [record for row in board.rows for record in row.records]
    stored = read_statistics(folders, records, board.primary, offered)
    scores = {row.place: found for row in board.rows if (found := row_scores(row, board, stored))}
    problems = [*stored.problems, *_unknown(board, stored), *_gaps(board, scores)]
    verdicts = _verdicts(board, scores, margin)
    boot = _bootstrap(scores)
    placed = {
        place: rank for budget in board.budgets for place, rank in _ranks(board, budget, boot)
    }
    rows = tuple(
        replace(row, verdict=verdicts.get(row.place), rank=placed.get(row.place))
        for row in board.rows
    )
    return Judged(replace(board, rows=rows), tuple(problems), boot)


def row_scores(row: Row, board: Board, stored: Stored) -> RowScores | None:
    """Return what is known of a row's cells example by example, or else cell by cell.

    Where examples or the metric's way of aggregating aren't known, every cell counts as one
    example: its verdict then rests on the seeds alone.
    """
    import numpy as np

    metric = board.primary
    records = [r for r in row.records if metric in r.scores]
    known = [r for r in records if r.key in stored.statistics]
    combine = stored.aggregate.combine
    if stored.statistics and combine is not None:
        records = known
    if not records:
        return None
    records, units = independent_units(records)
    if not stored.statistics or combine is None:
        values = np.array([[[r.scores[metric].value, 1.0]] for r in records])
        return RowScores(values, units, Mean(), is_mean=True)
    statistics = np.stack([stored.statistics[r.key] for r in records])
    return RowScores(statistics, units, combine, stored.aggregate.is_mean)


def independent_units(
    records: Sequence[RunRecord],
) -> tuple[list[RunRecord], NDArray[np.int64]]:
    """Return a row's records, copies left out, and which of its independent units each belongs to.

    A unit is a selection, where a selector draws at random: cells trained on one selection share
    what was drawn. Where there is but one selection, every training seed is a unit, unless the
    selector draws at random and did so once: one draw is not random. Draws that chose the
    same rows are one selection, and equal trainings on it are one cell.
    """
    import numpy as np

    kept = distinct_cells(records)
    several = len({selected(r) for r in kept}) > 1
    once = len({r.cell.selection_seed for r in records}) == 1 and any(map(draws_at_random, records))
    names = [selected(r) if several or once else str(r.cell.training_seed) for r in kept]
    return kept, np.unique(names, return_inverse=True)[1].astype(np.int64)


def _verdicts(
    board: Board, scores: Mapping[tuple[str, str | None], RowScores], margin: float
) -> dict[tuple[str, str | None], Verdict]:
    """Judge every row that has the baseline at its budget; all of them are one family."""
    higher = board.higher_is_better
    found = {}
    for row in board.rows:
        baseline = board.baseline_at(row.budget)
        if row.kind == "reference" or row is baseline or row.place not in scores:
            continue
        if baseline is not None and baseline.place in scores:
            found[row.place] = judge(scores[row.place], scores[baseline.place], margin)
    return dict(zip(found, conclude(list(found.values()), higher), strict=True))


def _bootstrap(
    scores: Mapping[tuple[str, str | None], RowScores],
) -> dict[tuple[str, str | None], Floats]:
    values = bootstrap_values(list(scores.values()), DRAWS) if scores else None
    return {} if values is None else {place: values[:, i] for i, place in enumerate(scores)}


def _ranks(
    board: Board, budget: str, boot: Mapping[tuple[str, str | None], Floats]
) -> list[tuple[tuple[str, str | None], Rank]]:
    """Rank the contenders at one budget that are no controls, the baseline among them."""
    import numpy as np

    rows = [
        row
        for row in board.rows
        if row.budget == budget
        and row.kind == "contender"
        and not row.control
        and row.place in boot
    ]
    if len(rows) < 2:
        return []
    values = np.array([row.metrics[board.primary].mean for row in rows])
    draws = np.column_stack([boot[row.place] for row in rows])
    found = ranks(values, draws, board.higher_is_better)
    return [(row.place, rank) for row, rank in zip(rows, found, strict=True)]


def _unknown(board: Board, stored: Stored) -> list[str]:
    """Say that verdicts rest on the seeds alone, where nobody here can put the metric together."""
    if not (stored.statistics and stored.aggregate.unknown):
        return []
    return [
        f"{board.task}, {board.model}: {board.primary}: {stored.aggregate.unknown}: cells count as "
        "single values."
    ]


def _gaps(board: Board, scores: Mapping[tuple[str, str | None], RowScores]) -> list[str]:
    """Name what keeps rows without a verdict."""
    where = f"{board.task}, {board.model}"
    problems = []
    if len(board.baselines) > 1:
        named = ", ".join(board.baselines)
        problems.append(
            f"{where}: records name several baselines ({named}), as their grids differ; rows are "
            f"set against {board.baseline}. Make a board of each grid, or run one again."
        )
    for budget in board.budgets:
        rows = [r for r in board.rows if r.budget == budget and r.kind == "contender"]
        baseline = board.baseline_at(budget)
        judged = [r for r in rows if r is not baseline]
        if judged and (baseline is None or baseline.place not in scores):
            problems.append(f"{where}, {budget}: {_missing(board)}")
        thin = [r.selector for r in rows if r.place in scores and _units(scores[r.place]) < 3]
        if thin:
            problems.append(
                f"{where}, {budget}: fewer than 3 seeds (draws, where a selector draws at random), "
                f"so no interval and no verdict: {', '.join(thin)}."
            )
    return problems


def _missing(board: Board) -> str:
    name = board.baseline
    if name:
        return (
            f"there is no `{name}` row, so no row has a verdict: add `{name}` with at least 3 "
            "selection seeds."
        )
    return (
        "there is no baseline row, so no row has a verdict: add a selector that draws at random, "
        "with at least 3 selection seeds, or name one as the grid's `baseline`."
    )


def _units(scores: RowScores) -> int:
    return len(set(scores.units.tolist()))


def places_of(board: Board) -> list[Place]:
    """Return what each budget of a board says of the selectors that are no controls."""
    found = []
    for budget in board.budgets:
        values = {
            row.selector: row.metrics[board.primary].mean
            for row in board.rows
            if row.budget == budget
            and row.kind == "contender"
            and not row.control
            and board.primary in row.metrics
        }
        if len(values) > 1:
            higher, against = board.higher_is_better, board.baseline
            found.append(Place(board.model, board.task, budget, values, higher, against))
    return found
