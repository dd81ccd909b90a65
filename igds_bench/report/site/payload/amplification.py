"""Amplification against improvement as data: points and coefficients by task and SAE suite."""

from __future__ import annotations

from typing import Any

from igds_bench.report.board import amplification
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import Board
from igds_bench.report.site.payload.values import Json, name_of, short
from igds_bench.report.statistics.summaries import Correlation


def amplified(board: Leaderboard) -> list[Json]:
    """Return one mapping per model, task and suite that was measured."""
    found = (
        _suite(part, suite) for part in board.boards for suite in amplification.suites_of(part)
    )
    return [part for part in found if part]


def _suite(part: Board, suite: str) -> Json | None:
    points = amplification.points(part, suite)
    if not points:
        return None
    relations = amplification.relations(points)
    groups = [relation.group for relation in relations]
    return {
        "at": name_of(part.task, part.model),
        "suite": suite,
        "compared": amplification.compare(relations),
        "groups": [
            {
                "id": relation.group,
                "name": amplification.GROUPS[relation.group],
                "cells": relation.cells,
                "found": _coefficients(relation),
            }
            for relation in relations
        ],
        # One list per point: selector, change in the metric, change in each group.
        "points": [
            [p.selector, short(p.metric), *(short(p.changes.get(group), 3) for group in groups)]
            for p in points
        ],
    }


def _coefficients(relation: amplification.Relation) -> list[list[Any]]:
    named: dict[str, Correlation | None] = {
        **(relation.found or {}),
        "Pearson given prompt length": relation.partial,
    }
    return [[name, short(c.value), short(c.low), short(c.high)] for name, c in named.items() if c]
