"""The rows of a leaderboard as flat mappings in full precision, and as CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.sections import words as text
from igds_bench.report.statistics.ranks import Rank
from igds_bench.report.statistics.verdict import Verdict

TEXTS = frozenset(
    ("model", "task", "selector", "kind", "saes", "budget", "metric", "verdict", "ties")
)
"""Columns of texts; where all values of another are missing, it is one of numbers."""


def flat_rows(board: Leaderboard) -> list[dict[str, Any]]:
    """Return one flat mapping per row and metric, in full precision."""
    return [flat for part in board.boards for row in part.rows for flat in _flat(part, row)]


def _flat(board: Board, row: Row) -> list[dict[str, Any]]:
    shared = {
        "model": board.model,
        "task": board.task,
        "selector": row.selector,
        "kind": "control" if row.control else row.kind,
        "saes": row.saes,
        "budget": row.budget,
        "share": row.share,
        "beyond_supply": row.beyond_supply,
    }
    costs = {
        "tokens": row.tokens,
        "amplification": row.amplification,
        "seconds_selection": row.seconds("selection"),
        "seconds_training": row.seconds("training"),
        "flops_selection": row.flops("selection"),
        "flops_training": row.flops("training"),
    }
    return [
        {
            **shared,
            "metric": name,
            "primary": name == board.primary,
            "mean": summary.mean,
            "sd": summary.sd,
            "n": summary.n,
            "min": summary.low,
            "max": summary.high,
            **(_judged(row.verdict, row.rank) if name == board.primary else _judged(None, None)),
            **costs,
        }
        for name, summary in row.metrics.items()
    ]


def _judged(verdict: Verdict | None, rank: Rank | None) -> dict[str, Any]:
    """Return what was concluded of a row by the primary metric; of the others nothing is."""
    return {
        "against_random": verdict.difference if verdict else None,
        "against_random_low": verdict.low if verdict else None,
        "against_random_high": verdict.high if verdict else None,
        "verdict": text.word_text(verdict),
        "p": verdict.p if verdict else None,
        "p_holm": verdict.p_holm if verdict else None,
        "p_tied": verdict.p_tied if verdict else None,
        "detectable": verdict.detectable if verdict else None,
        "rank": rank.place if rank else None,
        "rank_low": rank.low if rank else None,
        "rank_high": rank.high if rank else None,
        "ties": rank.group if rank else "",
    }


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as comma-separated values with a header."""
    out = io.StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return out.getvalue()


def write_parquet(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows as Parquet, with one type per column whatever is missing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(name: str) -> pa.Array:
        values = [row[name] for row in rows]
        if name in TEXTS:
            return pa.array(values, pa.string())
        return pa.array(values, None if any(v is not None for v in values) else pa.float64())

    table = pa.table({name: column(name) for name in rows[0]} if rows else {})
    pq.write_table(table, path, compression="zstd")
