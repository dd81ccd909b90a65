"""The record of one cell: its parts together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field, JsonValue

from igds_bench.core.grid import Cell
from igds_bench.core.record.outcome import (
    Amplification,
    Phase,
    Score,
    SelectionSummary,
    TrainingSummary,
)
from igds_bench.core.record.part import Part
from igds_bench.core.record.settings import CellSettings, Method, Rescoring

SCHEMA_VERSION = 2
"""Raised when a field changes meaning; ``migrate`` brings older versions here."""


class Environment(Part):
    """The machine and the software a record was made with."""

    igds_bench: str
    commit: str | None = None
    dirty: bool | None = None
    """Whether the working tree differed from ``commit``; None outside a checkout."""
    python: str
    platform: str
    processor: str
    cores: int
    threads: int
    device: str
    packages: dict[str, str] = Field(default_factory=dict)


class RunRecord(Part):
    """One cell's outcome; written atomically, before observers are called."""

    schema_version: int = SCHEMA_VERSION
    cell: Cell
    key: str
    """Content key of all that determines the result."""
    status: Literal["ok", "failed"]
    reason: str = ""
    """Why it failed."""
    failed_stage: str = ""
    scores: dict[str, Score] = Field(default_factory=dict)
    """By metric name; the task's primary metric is named in ``primary_metric``."""
    primary_metric: str = ""
    selection: SelectionSummary | None = None
    training: TrainingSummary | None = None
    amplification: list[Amplification] = Field(default_factory=list)
    """One entry per SAE suite of the cell's model."""
    measures: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    """What further measures of the cell's model tell, by kind of stage."""
    phases: list[Phase] = Field(default_factory=list)
    plugins: dict[str, str] = Field(default_factory=dict)
    """Distribution and version behind the selector, model, SAE suite and task."""
    revisions: dict[str, str] = Field(default_factory=dict)
    """Resolved revision or content hash of model, probe, SAEs and data."""
    method: Method | None = None
    """Of a contender; None for references, and in records older than this field."""
    settings: CellSettings = CellSettings()
    rescored: list[Rescoring] = Field(default_factory=list)
    """Earlier scores, each with when and by what they were replaced."""
    environment: Environment | None = None
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
