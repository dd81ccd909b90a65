"""All that the page shows, as one JSON object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from igds_bench.report.board.curves import Curve
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board
from igds_bench.report.sections import words as text
from igds_bench.report.sections.cost import cost_rows
from igds_bench.report.site.payload.amplification import amplified
from igds_bench.report.site.payload.boards import boards
from igds_bench.report.site.payload.features import explained
from igds_bench.report.site.payload.methods import methods
from igds_bench.report.site.payload.provenance import provenance
from igds_bench.report.site.payload.selections import selections
from igds_bench.report.site.payload.suites import suites
from igds_bench.report.site.payload.values import Json, name_of, short, shorts, significant
from igds_bench.report.statistics.ranks import Standing


def payload(board: Leaderboard, folder: Path) -> Json:
    """Return what the page shows of a board; ``folder`` is where it will lie."""
    return {
        "name": board.name,
        "cells": len(board.records),
        "caveat": _caveat(board),
        "boards": boards(board),
        "curves": [_curve(curve) for curve in board.curves],
        "cost": [_cost(part) for part in board.boards],
        "standings": [_standing(one) for one in board.standings],
        "amplified": amplified(board),
        "features": explained(board),
        "suites": suites(board),
        "selections": selections(board),
        "failed": [[r.cell.id, r.failed_stage, r.reason] for r in board.failed],
        "problems": board.problems,
        "provenance": provenance(board, folder),
        "methods": methods(board),
    }


def _caveat(board: Leaderboard) -> str:
    """Return what must be said before any number, where the embedded model is shown."""
    return (
        text.notes(board)[-1].replace("`", "")
        if any(b.model == "tiny" for b in board.boards)
        else ""
    )


def _curve(curve: Curve) -> Json:
    found = curve.efficiency
    return {
        "at": name_of(curve.task, curve.model),
        "s": curve.selector,
        "budgets": list(curve.budgets),
        "shares": [significant(share) for share in curve.shares],
        "values": shorts(curve.values),
        "lows": shorts(curve.lows),
        "highs": shorts(curve.highs),
        "area": shorts([found.area, found.area_low, found.area_high]),
        "match": shorts([found.match, found.match_low, found.match_high], 4),
        "reached": short(found.matched_draws, 3),
    }


def _cost(part: Board) -> Json:
    """Return the places of the rows that cost compute, and of those on the Pareto front."""
    places = {row.place: at for at, row in enumerate(part.rows)}
    rows, front = ([places[row.place] for row in rows] for rows in cost_rows(part))
    return {"at": name_of(part.task, part.model), "rows": rows, "front": front}


def _standing(one: Standing) -> list[Any]:
    return [
        one.selector,
        short(one.mean_rank, 3),
        short(one.rank_low, 3),
        short(one.rank_high, 3),
        short(one.win_rate, 3),
        short(one.win_low, 3),
        short(one.win_high, 3),
        one.places,
    ]
