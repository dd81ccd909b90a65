"""Amplification against improvement as data: points and coefficients by task and SAE suite."""

from __future__ import annotations

from typing_extensions import TypedDict

from igds_bench.report.board import amplification
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board
from igds_bench.report.site.payload.values import Estimate, estimate, name_of, rounded, short
from igds_bench.report.statistics.summaries import Correlation


class CoefficientData(Estimate):
    """How activation goes with the metric, with its bootstrap interval over cells."""

    name: str


class GroupData(TypedDict):
    """Features whose activation is measured: the task's, or a control's."""

    id: str
    name: str
    cells: int
    coefficients: list[CoefficientData]


class PointData(TypedDict):
    """One tuned cell, tuned minus base."""

    selector: str
    metric: float
    changes: list[float | None]
    """In mean activation, in the order of the groups."""


class AmplificationData(TypedDict):
    """What was measured with one SAE suite on one board."""

    board: str
    suite: str
    compared: str
    groups: list[GroupData]
    points: list[PointData]


def amplified(board: Leaderboard) -> list[AmplificationData]:
    """Return one mapping per model, task and suite that was measured."""
    found = (
        _suite(part, suite) for part in board.boards for suite in amplification.suites_of(part)
    )
    return [part for part in found if part]


def _suite(part: Board, suite: str) -> AmplificationData | None:
    points = amplification.points(part, suite)
    if not points:
        return None
    relations = amplification.relations(points)
    groups = [relation.group for relation in relations]
    return {
        "board": name_of(part.task, part.model),
        "suite": suite,
        "compared": amplification.compare(relations),
        "groups": [
            {
                "id": relation.group,
                "name": amplification.GROUPS[relation.group],
                "cells": relation.cells,
                "coefficients": _coefficients(relation),
            }
            for relation in relations
        ],
        "points": [
            {
                "selector": p.selector,
                "metric": rounded(p.metric),
                "changes": [short(p.changes.get(group), 3) for group in groups],
            }
            for p in points
        ],
    }


def _coefficients(relation: amplification.Relation) -> list[CoefficientData]:
    named: dict[str, Correlation | None] = {
        **(relation.found or {}),
        "Pearson given prompt length": relation.partial,
    }
    return [{"name": name, **estimate(c.value, c.low, c.high)} for name, c in named.items() if c]
