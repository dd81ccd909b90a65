"""Task features as data: what the page shows of every ``features/*.json``."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from igds_bench.core.explanation import Explanation, FeatureExplanation
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.sections.features import explanation_of, sentences, unit_of
from igds_bench.report.sections.section import Link
from igds_bench.report.site.payload.values import (
    Estimate,
    estimate,
    name_of,
    short,
    shorts,
)

MOST = 60
"""Candidates that are shown."""
EXCERPT = 240
"""Characters of a prompt that are shown, counted from its critical token."""


class CandidateData(TypedDict):
    """A feature that may help."""

    name: str
    recall: float | None
    delta: float | None
    low: float | None
    high: float | None
    loglik: float | None


class FitData(TypedDict):
    """How well the SAE of a layer fits the task's prompts."""

    layer: int
    l0: float | None
    explained_variance: float | None
    candidates: int


class LayerData(TypedDict):
    """Candidates of a layer, and those whose Delta is above 0."""

    layer: int
    candidates: int
    helpful: int


class ExampleData(TypedDict):
    """A pool example on which a feature is among its most active."""

    before: str
    critical: str
    source: str
    activation: float | None


class WordData(TypedDict):
    """A word that amplification makes more frequent, per 1,000 words."""

    word: str
    original: float | None
    amplified: float | None


class SteeringData(TypedDict):
    """The effect of one strength."""

    multiplier: float
    delta: Estimate


class FeatureData(TypedDict):
    """One of the best features, explained."""

    name: str
    link: str
    examples: list[ExampleData]
    words: list[WordData]
    steering: list[SteeringData]


class FeaturesData(TypedDict):
    """The features of one model, task and SAE suite."""

    board: str
    task: str
    model: str
    suite: str
    unit: str
    """Of Delta."""
    lines: list[str]
    candidates: list[CandidateData]
    """Best first."""
    total: int
    """Candidates, with those that are not shown."""
    null: list[float]
    """Deltas of random directions, largest first."""
    fits: list[FitData]
    layers: list[LayerData]
    features: list[FeatureData]
    tops: list[list[str]]
    """Names of the best features by draw of the prior samples."""


def explained(board: Leaderboard) -> list[FeaturesData]:
    """Return one mapping per model, task and SAE suite."""
    return [_features(found) for found in board.features]


def _features(found: dict[str, Any]) -> FeaturesData:
    told = explanation_of(found)
    null = [value for value in shorts(found.get("null_deltas") or [], 3) if value is not None]
    return {
        "board": name_of(found["task"], found["model"]),
        "task": found["task"],
        "model": found["model"],
        "suite": found["saes"],
        "unit": unit_of(found),
        "lines": sentences(found),
        "candidates": [_candidate(one) for one in found["candidates"][:MOST]],
        "total": len(found["candidates"]),
        "null": sorted(null, reverse=True),
        "fits": [_fit(fit) for fit in found.get("fits") or []],
        "layers": _layers(told),
        "features": [_feature(part) for part in (told.features if told else ())],
        "tops": [list(top) for top in (told.stability.tops if told and told.stability else ())],
    }


def _candidate(one: dict[str, Any]) -> CandidateData:
    return {
        "name": f"L{one['layer']}/{one['index']}",
        "recall": short(one["recall"], 3),
        "delta": short(one["delta"], 3),
        "low": short(one.get("low"), 3),
        "high": short(one.get("high"), 3),
        "loglik": short(one.get("delta_loglik"), 4),
    }


def _fit(fit: dict[str, Any]) -> FitData:
    return {
        "layer": fit["layer"],
        "l0": short(fit["l0"], 1),
        "explained_variance": short(fit["explained_variance"]),
        "candidates": fit["candidates"],
    }


def _layers(told: Explanation | None) -> list[LayerData]:
    return [
        {"layer": share.layer, "candidates": share.candidates, "helpful": share.helpful}
        for share in (told.layers if told else ())
    ]


def _feature(part: FeatureExplanation) -> FeatureData:
    return {
        "name": part.name,
        "link": part.link if Link(part.name, part.link).is_safe else "",
        "examples": [
            {
                "before": top.before[-EXCERPT:],
                "critical": top.critical,
                "source": top.source,
                "activation": short(top.activation),
            }
            for top in part.examples
        ],
        "words": [
            {
                "word": w.word,
                "original": short(w.original, 1),
                "amplified": short(w.amplified, 1),
            }
            for w in part.words
        ],
        "steering": [
            {"multiplier": s.multiplier, "delta": estimate(s.delta, s.low, s.high, 3)}
            for s in part.steering
        ],
    }
