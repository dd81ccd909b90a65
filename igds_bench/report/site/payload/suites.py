"""SAE quality as data: what IGDS gained on each suite, against what is measured of the suite."""

from __future__ import annotations

from collections.abc import Sequence

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.sections.sae_quality import (
    MEASURES,
    SuiteResult,
    quality_sentences,
    quality_table,
    suite_results,
)
from igds_bench.report.site.payload.values import Json, short, significant


def suites(board: Leaderboard) -> list[Json]:
    """Return one mapping per task; empty unless ``igds`` ran on several suites."""
    results = [r for part in board.boards for r in suite_results(board, part)]
    if len({result.suite for result in results}) < 2:
        return []
    tasks = dict.fromkeys(result.task for result in results)
    return [_task([r for r in results if r.task == task]) for task in tasks]


def _task(results: Sequence[SuiteResult]) -> Json:
    table = quality_table(results)
    return {
        "task": results[0].task,
        "lines": quality_sentences(results),
        "title": table.title,
        "header": list(table.header),
        "rows": [list(map(str, row)) for row in table.rows],
        "measures": MEASURES,
        "points": [
            {
                "suite": r.suite,
                "gain": [short(r.gain.difference), short(r.gain.low), short(r.gain.high)],
                "at": {name: significant(value) for name, value in r.measures.items()},
            }
            for r in results
        ],
    }
