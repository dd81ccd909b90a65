"""The record of one cell: what ran, what came out, what it cost, and on what."""

from igds_bench.core.record.notes import FeatureUse, Filtering, MatchedDraw, typed_notes
from igds_bench.core.record.outcome import (
    QUANTILES,
    Amplification,
    ControlActivation,
    Phase,
    Score,
    SelectionSummary,
    TrainingSummary,
)
from igds_bench.core.record.read import parse_record, read_record
from igds_bench.core.record.record import SCHEMA_VERSION, Environment, RunRecord
from igds_bench.core.record.settings import (
    CellSettings,
    DataFacts,
    Decoding,
    FilterUse,
    Method,
    Rescoring,
    Writing,
)

__all__ = [
    "QUANTILES",
    "SCHEMA_VERSION",
    "Amplification",
    "CellSettings",
    "ControlActivation",
    "DataFacts",
    "Decoding",
    "Environment",
    "FeatureUse",
    "FilterUse",
    "Filtering",
    "MatchedDraw",
    "Method",
    "Phase",
    "Rescoring",
    "RunRecord",
    "Score",
    "SelectionSummary",
    "TrainingSummary",
    "Writing",
    "parse_record",
    "read_record",
    "typed_notes",
]
