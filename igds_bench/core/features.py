"""SAE features as data: what a feature is, how a task's features are found, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


@dataclass(frozen=True, slots=True, order=True)
class Feature:
    """One latent of an SAE suite."""

    layer: int
    """The block after which the SAE reads the residual stream, from 0."""
    index: int
    """Row of the SAE's decoder."""

    def __str__(self) -> str:
        return f"L{self.layer}/{self.index}"


class FeatureSettings(BaseModel):
    """How a task's causal features are found (IGDS, arXiv 2604.25167, sections 1a and 1b)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tau: float = Field(0.8, gt=0, le=1)
    """Share of prior samples on which a feature must be active at t* to become a candidate."""
    n_prior: int = Field(100, ge=1)
    """Prior samples used for recall (the paper's N)."""
    m_dev: int = Field(256, ge=2)
    """Dev samples used for interventions (the paper's M)."""
    delta: Literal["metric", "log-likelihood"] = "metric"
    """What an intervention is judged by: the task's metric on generated text, or the mean
    log-likelihood of the reference response."""
    top_features: int = Field(1, ge=1)
    """Size of F_task (the paper's k)."""
    null_directions: int = Field(32, ge=0)
    """Random directions of equal norm whose Delta is the null that features are read against."""
    role: Literal["probe", "base"] = "probe"
    """Which model of the entry the features are found in and the pool is scored with."""
    max_new_tokens: int | None = Field(None, ge=1)
    """Cap on generated tokens during interventions; None takes the task's own."""
    seed: int = 0
    """Seed of the prior and dev samples and of the null directions."""

    def key_fields(self) -> dict[str, Any]:
        """Return the fields that determine the candidate table; ``top_features`` only cuts it."""
        return self.model_dump(exclude={"top_features"})


class Candidate(BaseModel):
    """One recalled feature with the effect of amplifying it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layer: int
    index: int
    recall: float
    """Share of prior samples on which it is active at t*."""
    delta: float
    """Mean change over dev of what ``settings.delta`` names (metric in its own unit, e.g. points
    of exact match; or nats per token)."""
    stderr: float
    """Standard error of ``delta`` over dev samples."""
    delta_loglik: float
    """Mean change of the reference response's log-likelihood, nats per token."""

    @property
    def feature(self) -> Feature:
        """The candidate as (layer, index)."""
        return Feature(self.layer, self.index)


class TaskFeatures(BaseModel):
    """The candidates of one model, SAE suite and task, best first, and how far to trust them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: FeatureSettings
    candidates: tuple[Candidate, ...]
    """Ranked by Delta; ties by log-likelihood Delta, recall frequency, layer, index."""
    n_prior: int
    m_dev: int
    null_deltas: tuple[float, ...] = ()
    """Delta of each random direction of equal norm."""
    split_half_reliability: float | None = None
    """Spearman correlation of the Deltas of two disjoint halves of dev; None under 3 candidates."""
    layers: tuple[int, ...] = ()
    """Layers that have an SAE."""

    def top(self, k: int | None = None) -> tuple[Feature, ...]:
        """Return the best ``k`` features (default: ``settings.top_features``)."""
        count = self.settings.top_features if k is None else k
        return tuple(candidate.feature for candidate in self.candidates[:count])

    @property
    def best_beats_null(self) -> bool | None:
        """Whether the best candidate's Delta exceeds every random direction's; None without."""
        if not self.null_deltas or not self.candidates:
            return None
        return self.candidates[0].delta > max(self.null_deltas)

    @property
    def helps(self) -> bool:
        """Whether any candidate has a Delta above 0."""
        return any(candidate.delta > 0 for candidate in self.candidates)
