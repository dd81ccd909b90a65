"""All that the page shows, as one JSON object; every key is named here or beside what fills it."""

from __future__ import annotations

from pathlib import Path

from typing_extensions import TypedDict

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.sections import words as text
from igds_bench.report.sections.outline import Made
from igds_bench.report.site.payload.amplification import AmplificationData, amplified
from igds_bench.report.site.payload.boards import BoardData, boards
from igds_bench.report.site.payload.chapters import ChapterData, chapters
from igds_bench.report.site.payload.curves import (
    CostData,
    CurveData,
    StandingData,
    cost_data,
    curve_data,
    standing_data,
)
from igds_bench.report.site.payload.features import FeaturesData, explained
from igds_bench.report.site.payload.selections import SelectionsData, selections
from igds_bench.report.site.payload.suites import SuitesData, suites
from igds_bench.report.site.provenance import provenance


class FailureData(TypedDict):
    """A cell without a result."""

    cell: str
    stage: str | None
    reason: str


class BrowseData(TypedDict):
    """What the page must know to ask for a board's examples."""

    board: str
    shown: int
    """Examples that are kept, of ``total``."""
    total: int
    rows: dict[str, str]
    """By place in the board's rows: the cell whose outputs are kept."""


class Payload(TypedDict):
    """What the page shows."""

    name: str
    cells: int
    caveat: str
    """What must be said before any number."""
    against: str
    """What texts on all boards call the baseline; likewise ``baseline_draws``, for its cells."""
    baseline_draws: str
    chapters: list[ChapterData]
    boards: list[BoardData]
    curves: list[CurveData]
    cost: list[CostData]
    standings: list[StandingData]
    amplification: list[AmplificationData]
    features: list[FeaturesData]
    suites: list[SuitesData]
    selections: list[SelectionsData]
    browse: list[BrowseData]
    failures: list[FailureData]
    problems: list[str]


def payload(board: Leaderboard, made: Made, browse: list[BrowseData], folder: Path) -> Payload:
    """Return what the page shows of a board.

    Args:
        board: what some folders of records say.
        made: the sections of its report.
        browse: what must be known to ask for its examples.
        folder: where the page will lie; files beside it are linked.
    """
    return {
        "name": board.name,
        "cells": len(board.records),
        "caveat": _caveat(board),
        "against": board.against,
        "baseline_draws": text.draws_text(board.against),
        "chapters": chapters({**made, **provenance(board, folder)}),
        "boards": boards(board),
        "curves": [curve_data(curve) for curve in board.curves],
        "cost": [cost_data(part) for part in board.boards],
        "standings": [standing_data(one) for one in board.standings],
        "amplification": amplified(board),
        "features": explained(board),
        "suites": suites(board),
        "selections": selections(board),
        "browse": browse,
        "failures": [
            {"cell": r.cell.id, "stage": r.failed_stage, "reason": r.reason} for r in board.failed
        ],
        "problems": board.problems,
    }


def _caveat(board: Leaderboard) -> str:
    """Return what must be said before any number, where the embedded model is shown."""
    return (
        text.notes(board)[-1].replace("`", "")
        if any(b.model == "tiny" for b in board.boards)
        else ""
    )
