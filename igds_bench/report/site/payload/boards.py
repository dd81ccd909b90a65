"""The board's table as data: every row with all that explains its numbers."""

from __future__ import annotations

from typing import Any

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.read.record_facts import distinct_cells
from igds_bench.report.sections import background
from igds_bench.report.sections import words as text
from igds_bench.report.site.payload.values import Json, name_of, short, significant
from igds_bench.report.statistics.power import underpowered
from igds_bench.report.statistics.verdict import Verdict


def boards(board: Leaderboard) -> list[Json]:
    """Return one mapping per model and task."""
    return [_board(part) for part in board.boards]


def _board(part: Board) -> Json:
    judged = [row.verdict for row in part.rows if row.verdict]
    return {
        "id": name_of(part.task, part.model),
        "model": part.model,
        "task": part.task,
        "primary": part.primary,
        "higher": part.higher_is_better,
        "metrics": [_metric(part, name) for name in part.metrics],
        "budgets": list(part.budgets),
        "margin": judged[0].margin if judged else None,
        "family": sum(verdict.p is not None for verdict in judged),
        "power": underpowered(part),
        "spread": background.random_spread(part),
        "rows": [_row(part, row) for row in part.rows],
    }


def _metric(part: Board, name: str) -> Json:
    scores = [r.scores[name] for row in part.rows for r in row.records if name in r.scores]
    return {
        "name": name,
        "higher": scores[0].higher_is_better,
        "signature": scores[0].signature,
        "version": scores[0].version,
        "n": max(score.n for score in scores),
    }


def _row(part: Board, row: Row) -> Json:
    seeds = [(r.cell.selection_seed, r.cell.training_seed) for r in distinct_cells(row.records)]
    training = row.flops("training")
    return {
        "s": row.selector,
        "kind": "control" if row.control else row.kind,
        "of": row.matched[0] if row.matched else None,
        "matched": row.matched[1] if row.matched else None,
        "b": row.budget,
        "share": significant(row.share),
        "beyond": row.beyond_supply,
        "saes": row.saes,
        "draws": len({draw for draw, _ in seeds if draw is not None}),
        "trainings": len({training for _, training in seeds if training is not None}),
        "m": {name: _summary(row, name) for name in row.metrics},
        "v": _verdict(row.verdict),
        "r": [row.rank.place, row.rank.low, row.rank.high, row.rank.group] if row.rank else None,
        "n": _chosen(row),
        "tokens": short(row.tokens, 0),
        "flops": [significant(row.compute - training), significant(training)],
        "seconds": [
            0.0 if row.matched else short(row.seconds("selection"), 1),
            short(row.seconds("training"), 1),
        ],
        "amp": _amplified(row),
    }


def _summary(row: Row, name: str) -> list[Any]:
    """Return mean, standard deviation, cells, least, largest, and error over test examples."""
    found = row.metrics[name]
    errors = [r.scores[name].stderr for r in row.records if name in r.scores]
    known = [error for error in errors if error is not None]
    error = sum(known) / len(known) if known else None
    return [
        short(found.mean, 3),
        short(found.sd, 3),
        found.n,
        short(found.low, 3),
        short(found.high, 3),
        short(error, 3),
    ]


def _verdict(found: Verdict | None) -> Json | None:
    if found is None:
        return None
    return {
        "d": short(found.difference),
        "lo": short(found.low),
        "hi": short(found.high),
        "p": significant(found.p, 2),
        "ph": significant(found.p_holm, 2),
        "pt": significant(found.p_tied, 2),
        "w": text.word_text(found),
        "df": short(found.df, 1),
        "ss": short(found.se_seeds),
        "se": short(found.se_examples),
        "u": list(found.units),
        "ex": found.examples,
        "det": short(found.detectable),
    }


def _chosen(row: Row) -> list[int] | None:
    """Return how many examples were chosen, and of how many."""
    for record in row.records:
        if record.selection:
            return [record.selection.n, record.selection.pool_size]
    return None


def _amplified(row: Row) -> list[Any] | None:
    """Return the change, the mean before and after, probe prompts and suites, over records."""
    entries = [entry for record in row.records for entry in record.amplification]
    if not entries or row.amplification is None:
        return None
    count = len(entries)
    return [
        short(row.amplification, 3),
        short(sum(entry.base_mean for entry in entries) / count, 3),
        short(sum(entry.tuned_mean for entry in entries) / count, 3),
        entries[0].n,
        sorted({entry.saes for entry in entries}),
    ]
