"""The record of one cell: what ran, what came out, what it cost, and on what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from igds_bench.core.aggregation import Aggregation, Origin
from igds_bench.core.grid import Cell

SCHEMA_VERSION = 1
"""Raised when a field changes meaning; older versions keep loading."""


QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Levels at which distributions are kept: of activations, lengths and scores."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Score(_Part):
    """A metric's value on the test split, and how it comes from the examples.

    ``columns``, ``aggregation`` and ``bounds`` are None in records older than these fields, and for
    lm-eval's scores, behind which no examples are kept.
    """

    value: float
    stderr: float | None = None
    """Standard error over test examples: of the mean, or by bootstrap for corpus metrics."""
    n: int
    """Number of test examples."""
    higher_is_better: bool = True
    signature: str = ""
    version: int = 1
    columns: list[str] | None = None
    """The statistics that are stored of every example, in the metric's order."""
    aggregation: Aggregation | None = None
    """How their sums become the value."""
    bounds: tuple[float | None, float | None] | None = None
    """Least and greatest value that there can be; an end that is None has none."""
    origin: Origin | None = None
    """What a plugin registers the metric as; None where its task brought it."""


class Phase(_Part):
    """What one stage of the cell cost."""

    kind: Literal["features", "forward", "filter", "rank", "cut", "finetune", "evaluate", "amplify"]
    key: str
    """Content key of the stage."""
    seconds: float
    """Wall-clock of the stage when it ran, wherever that was."""
    flops: float | None = None
    """Counted from shapes, not measured."""
    tokens: int | None = None
    """Tokens forwarded."""
    peak_memory_bytes: int | None = None
    estimated_seconds: float | None = None
    """What the plan said before."""
    examples: int | None = None
    """Sequences forwarded."""
    charge: Literal["selection", "training", "evaluation"] | None = None
    """What the cost is part of; None in records older than this field."""
    shared: bool = False
    """Whether other methods used the same work; the cost is what it would have been alone."""
    reused: bool = False
    """Whether the stage had already been computed, for another cell or an earlier run."""


class SelectionSummary(_Part):
    """What was chosen; the ids in order lie in the manifest."""

    fingerprint: str
    n: int
    pool_size: int
    tokens: int
    sources: dict[str, int] = Field(default_factory=dict)
    """Rows chosen per source."""
    mean_prompt_tokens: float
    mean_response_tokens: float
    prompt_token_quantiles: list[float] = Field(default_factory=list)
    """Of the chosen rows, at ``QUANTILES``; likewise below."""
    response_token_quantiles: list[float] = Field(default_factory=list)
    score_quantiles: list[float] = Field(default_factory=list)
    pool_score_quantiles: list[float] = Field(default_factory=list)
    """Of every row that has a score."""
    score_length_correlation: dict[str, float] = Field(default_factory=dict)
    """Spearman's, of the score with ``prompt`` and ``response`` tokens, over the pool."""
    beyond_supply: bool = False
    """For ``oracle``: more was asked for than the clean source holds."""
    notes: dict[str, Any] = Field(default_factory=dict)
    """What the selector reported of its ranking."""


class TrainingSummary(_Part):
    """What the trainer reported."""

    method: Literal["full", "lora"]
    steps: int
    epochs: float
    tokens: int
    first_loss: float
    """Mean loss of the first logging step."""
    final_loss: float
    max_logit_change: float
    """Largest absolute difference of logits between tuned and base model on a probe batch."""
    losses: list[float] = Field(default_factory=list)


class ControlActivation(_Part):
    """Mean activation at t* of features that did not select, for comparison."""

    features: list[str]
    """As ``L<layer>/<index>``; their activations are summed, as those of F_task are."""
    base_mean: float
    tuned_mean: float
    base_median: float
    tuned_median: float

    @property
    def change(self) -> float:
        """Tuned minus base mean activation."""
        return self.tuned_mean - self.base_mean


class Amplification(_Part):
    """Mean activation of the task's features at t* on the probe split, base against tuned."""

    saes: str
    features: list[str]
    """F_task as ``L<layer>/<index>``."""
    n: int
    base_mean: float
    tuned_mean: float
    base_median: float
    tuned_median: float
    best_beats_null: bool | None = None
    base_quantiles: list[float] = Field(default_factory=list)
    """Of the activation over probe prompts, at ``QUANTILES``."""
    tuned_quantiles: list[float] = Field(default_factory=list)
    controls: dict[str, ControlActivation] = Field(default_factory=dict)
    """The same for other features: ``random-recalled`` ones, and those of an ``other-task``."""

    @property
    def change(self) -> float:
        """Tuned minus base mean activation, summed over F_task."""
        return self.tuned_mean - self.base_mean


class Environment(_Part):
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


class RunRecord(_Part):
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
    phases: list[Phase] = Field(default_factory=list)
    plugins: dict[str, str] = Field(default_factory=dict)
    """Distribution and version behind the selector, model, SAE suite and task."""
    revisions: dict[str, str] = Field(default_factory=dict)
    """Resolved revision or content hash of model, probe, SAEs and data."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Resolved selector parameters, training, evaluation and amplification settings."""
    environment: Environment | None = None
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
