"""What came out of a cell: scores, what each stage cost, selection, training, amplification."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from igds_bench.core.aggregation import Aggregation, Origin
from igds_bench.core.record.notes import FeatureUse, Filtering, MatchedDraw
from igds_bench.core.record.part import Part

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Levels at which distributions are kept: of activations, lengths and scores."""


class Score(Part):
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


class Phase(Part):
    """What one stage of the cell cost."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
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


class SelectionSummary(Part):
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
    clean_supply: int | None = None
    """For ``oracle``: rows of the clean source."""
    filtering: Filtering | None = None
    """What filters did; None where there are none."""
    matched: MatchedDraw | None = None
    """What a draw matches; None for selections that are ranked."""
    features: FeatureUse | None = None
    """Features that scored the pool; None where the selector used none, or doesn't say."""
    notes: dict[str, JsonValue] = Field(default_factory=dict)
    """What the selector reported of its ranking besides."""


class TrainingSummary(Part):
    """What the trainer reported."""

    method: Literal["full", "lora"]
    steps: int
    epochs: float
    warmup_steps: int | None = None
    """Steps over which the learning rate rose from 0; None in older records."""
    tokens: int
    """Of the batches that were trained on, over all steps; prompts included, padding not. In older
    records without ``examples``, rows that were cut or dropped count with their whole length."""
    scored_tokens: int | None = None
    """Those of them that had a loss; None in older records."""
    examples: int | None = None
    """Rows of the selection; None in older records."""
    cut: int | None = None
    """Rows that lost tokens at the greatest length, or were trained on in pieces."""
    dropped: int | None = None
    """Rows that were not trained on: nothing with a loss is within that length."""
    first_loss: float
    """Mean loss of the first logging step."""
    final_loss: float
    max_logit_change: float
    """Largest absolute difference of logits between tuned and base model on a probe batch."""
    losses: list[float] = Field(default_factory=list)

    @property
    def shortened(self) -> float:
        """Share of the rows that were cut or not trained on; 0 where it isn't known."""
        return ((self.cut or 0) + (self.dropped or 0)) / self.examples if self.examples else 0.0


class ControlActivation(Part):
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


class Amplification(Part):
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
