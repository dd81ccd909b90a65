"""Budget curves, cost and standings as data."""

from __future__ import annotations

from typing_extensions import TypedDict

from igds_bench.report.board.curves import Curve
from igds_bench.report.board.rows import Board
from igds_bench.report.sections.cost import cost_rows
from igds_bench.report.site.payload.values import (
    Estimate,
    estimate,
    name_of,
    rounded,
    short,
    shorts,
    significant,
)
from igds_bench.report.statistics.ranks import Standing


class CurveData(TypedDict):
    """A selector over the budgets of a board."""

    board: str
    selector: str
    budgets: list[str]
    shares: list[float]
    values: list[float]
    lows: list[float | None]
    """Ends of the 95% band; likewise ``highs``."""
    highs: list[float | None]
    area: Estimate
    match: Estimate
    """The least share of the pool that matches all data; None where no budget does."""
    reached: float | None
    """Share of bootstrap draws that match all data; None without a full row."""


class CostData(TypedDict):
    """Places in a board's rows: those that cost compute, and those on the Pareto front."""

    board: str
    rows: list[int]
    front: list[int]


class StandingData(TypedDict):
    """A selector over all places where it ran; ranges are those with one task left out."""

    selector: str
    rank: Estimate
    wins: Estimate
    places: int


def curve_data(curve: Curve) -> CurveData:
    """Return a curve as data."""
    found = curve.efficiency
    return {
        "board": name_of(curve.task, curve.model),
        "selector": curve.selector,
        "budgets": list(curve.budgets),
        "shares": [significant(share) or 0.0 for share in curve.shares],
        "values": [rounded(value) for value in curve.values],
        "lows": shorts(curve.lows),
        "highs": shorts(curve.highs),
        "area": estimate(found.area, found.area_low, found.area_high),
        "match": estimate(found.match, found.match_low, found.match_high, 4),
        "reached": short(found.matched_draws, 3),
    }


def cost_data(part: Board) -> CostData:
    """Return which rows cost compute, and which of them nothing beats."""
    places = {row.place: at for at, row in enumerate(part.rows)}
    rows, front = ([places[row.place] for row in rows] for rows in cost_rows(part))
    return {"board": name_of(part.task, part.model), "rows": rows, "front": front}


def standing_data(one: Standing) -> StandingData:
    """Return a standing as data."""
    return {
        "selector": one.selector,
        "rank": estimate(one.mean_rank, one.rank_low, one.rank_high, 3),
        "wins": estimate(one.win_rate, one.win_low, one.win_high, 3),
        "places": one.places,
    }
