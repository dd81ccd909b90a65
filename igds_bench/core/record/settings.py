"""What a cell was run with: its method, settings and data, and what was changed afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from igds_bench.core.data.source import DataSource
from igds_bench.core.features import FeatureSettings
from igds_bench.core.record.outcome import Score
from igds_bench.core.record.part import Part
from igds_bench.core.settings import EvaluationSettings, FinetuneSettings


class Method(Part):
    """What a report says of a contender, whose plugin it may not have."""

    name: str
    """As it is registered, whatever its label in the grid."""
    summary: str = ""
    paper: str = ""
    """Reference, such as ``arXiv 2604.25167``."""
    original: str = ""
    """Public repository that the implementation was checked against."""
    bibtex: str = ""
    deterministic: bool = True
    """Whether one draw suffices; False for a selector that draws at random."""


class FilterUse(Part):
    """A filter in front of a selector, with all its parameters."""

    name: str
    params: dict[str, JsonValue] = Field(default_factory=dict)


class DataFacts(Part):
    """Examples of every split, and what was left out of the pool; None in older records."""

    pool: int
    prior: int | None = None
    dev: int | None = None
    tune: int | None = None
    probe: int | None = None
    test: int | None = None
    exact_duplicates: int | None = None
    """Rows of the pool that repeat an earlier one, and were kept."""
    dropped: dict[str, int] = Field(default_factory=dict)
    """Rows that were left out of the pool, by reason."""
    sources: list[DataSource] | None = None
    """Where the rows are from; None where the task doesn't say."""


class Writing(Part):
    """How examples become a model's input."""

    template: Literal["auto", "chat", "plain"]
    joiner: str
    train_on: Literal["last", "all"]
    chats: int
    """Rows of the pool that are chats, which the model's chat template writes."""
    critical: str = "last token before the response"
    """What t* is: of a chat the last token of the generation prompt."""


class Decoding(Part):
    """How texts were generated, in evaluation and in interventions alike."""

    strategy: Literal["greedy"] = "greedy"
    max_new_tokens: int
    stop: list[str]
    """Texts that end a generation."""
    end_tokens: list[str]
    """Tokens that do, as text: the tokenizer's, the model's and the chat template's."""


class CellSettings(Part):
    """Every setting that a cell was run with, defaults included; None where a record lacks it."""

    selector: dict[str, JsonValue] = Field(default_factory=dict)
    """The selector's own parameters."""
    filters: list[FilterUse] = Field(default_factory=list)
    match: Literal["epochs", "steps"] | None = None
    """How its training is compared with the others'; a contender may differ from ``train``."""
    train: FinetuneSettings | None = None
    evaluation: EvaluationSettings | None = None
    amplification: FeatureSettings | None = None
    data: DataFacts | None = None
    writing: Writing | None = None
    decoding: Decoding | None = None
    other: dict[str, JsonValue] = Field(default_factory=dict)
    """What a record of another version says here and this version has no place for."""


class Rescoring(Part):
    """Scores that ``rescore`` replaced."""

    at: datetime
    igds_bench: str
    """Version that replaced them."""
    before: dict[str, Score] = Field(default_factory=dict)
    """What the record said, by metric; a metric that is missing here was new."""
