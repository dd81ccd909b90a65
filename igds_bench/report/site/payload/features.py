"""Task features as data: what the page shows of every ``features/*.json``."""

from __future__ import annotations

from typing import Any

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.sections.features import explanation_of, sentences, unit_of
from igds_bench.report.site.payload.values import Json, name_of, short, shorts

MOST = 60
"""Candidates that are shown."""
EXCERPT = 240
"""Characters of a prompt that are shown, counted from its critical token."""


def explained(board: Leaderboard) -> list[Json]:
    """Return one mapping per model, task and SAE suite."""
    return [_features(found) for found in board.features]


def _features(found: Json) -> Json:
    told = explanation_of(found)
    return {
        "at": name_of(found["task"], found["model"]),
        "task": found["task"],
        "model": found["model"],
        "suite": found["saes"],
        "unit": unit_of(found),
        "lines": sentences(found),
        "candidates": [_candidate(one) for one in found["candidates"][:MOST]],
        "total": len(found["candidates"]),
        "null": sorted(shorts(found.get("null_deltas") or [], 3), key=lambda d: -(d or 0.0)),
        "fits": [
            [
                fit["layer"],
                short(fit["l0"], 1),
                short(fit["explained_variance"]),
                fit["candidates"],
            ]
            for fit in found.get("fits") or []
        ],
        "layers": [
            [share.layer, share.candidates, share.helpful, short(share.best_delta, 3)]
            for share in (told.layers if told else ())
        ],
        "features": [_feature(part) for part in (told.features if told else ())],
        "tops": [list(top) for top in (told.stability.tops if told and told.stability else ())],
    }


def _candidate(one: Json) -> list[Any]:
    return [
        f"L{one['layer']}/{one['index']}",
        short(one["recall"], 3),
        short(one["delta"], 3),
        short(one.get("low"), 3),
        short(one.get("high"), 3),
        short(one.get("delta_loglik"), 4),
    ]


def _feature(part: Any) -> Json:
    link = part.link if part.link.startswith("https://") else ""
    return {
        "name": part.name,
        "link": link,
        "examples": [
            [top.before[-EXCERPT:], top.critical, top.source, short(top.activation)]
            for top in part.examples
        ],
        "words": [[w.word, short(w.original, 1), short(w.amplified, 1)] for w in part.words],
        "steering": [
            [s.multiplier, short(s.delta, 3), short(s.low, 3), short(s.high, 3)]
            for s in part.steering
        ],
    }
