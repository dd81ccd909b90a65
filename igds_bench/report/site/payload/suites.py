"""SAE quality as data: what IGDS gained on each suite, against what is measured of the suite."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.sections.sae_quality import (
    MEASURES,
    SuiteResult,
    quality_sentences,
    quality_table,
    suite_results,
)
from igds_bench.report.site.payload.sections import TableData, table_data
from igds_bench.report.site.payload.values import Estimate, estimate, significant


class MeasuredData(TypedDict):
    """One suite: what is measured of it, and what IGDS gained on it over the baseline."""

    suite: str
    gain: Estimate
    measures: dict[str, float | None]
    """By the ids of the measures, where known."""


class SuitesData(TypedDict):
    """The suites that IGDS ran with on one task."""

    task: str
    method: str
    """What read the suites, as texts call it; likewise ``against``, for the baseline."""
    against: str
    lines: list[str]
    measures: dict[str, str]
    """Titles by id."""
    points: list[MeasuredData]
    table: TableData


def suites(board: Leaderboard) -> list[SuitesData]:
    """Return one mapping per task; empty unless ``igds`` ran on several suites."""
    results = [r for part in board.boards for r in suite_results(board, part)]
    if len({result.suite for result in results}) < 2:
        return []
    tasks = dict.fromkeys(result.task for result in results)
    return [_task([r for r in results if r.task == task]) for task in tasks]


def _task(results: Sequence[SuiteResult]) -> SuitesData:
    return {
        "task": results[0].task,
        "method": "IGDS",
        "against": results[0].against,
        "lines": quality_sentences(results),
        "measures": dict(MEASURES),
        "points": [
            {
                "suite": r.suite,
                "gain": estimate(r.gain.difference, r.gain.low, r.gain.high),
                "measures": {name: significant(value) for name, value in r.measures.items()},
            }
            for r in results
        ],
        "table": table_data(quality_table(results)),
    }
