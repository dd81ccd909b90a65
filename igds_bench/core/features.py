"""SAE features as data: what a feature is, how a task's features are found, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from igds_bench.errors import DataError


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
    pass_mark: Literal["rank", "null"] = "rank"
    """``rank`` keeps the best by Delta, as the paper does; ``null`` keeps of these only the ones
    whose Delta exceeds that of every random direction."""
    require_positive: bool = False
    """Refuse to go on where no candidate has a Delta above 0; the paper ranks all the same."""
    null_directions: int = Field(32, ge=0)
    """Random directions of equal norm whose Delta is the null that features are read against."""
    multiplier: float = Field(1.0, gt=0)
    """How many times ``a_f(h) W_dec[f]`` is added; 1 is the paper's."""
    role: Literal["probe", "base"] = "probe"
    """Which model of the entry the features are found in and the pool is scored with."""
    layers: tuple[int, ...] | None = None
    """Layers that are searched; None searches every layer of the suite."""
    max_new_tokens: int | None = Field(None, ge=1)
    """Cap on generated tokens during interventions; None takes the task's own."""
    seed: int = 0
    """Seed of the prior and dev samples and of the null directions."""
    racing: bool = False
    """Drop candidates on the way once the upper bound of their Delta is below the leaders'."""
    attribution: float | None = Field(None, gt=0, le=1)
    """Share of the candidates that interventions run for, chosen by attribution patching: gradient
    of the log-likelihood times ``a_f W_dec[f]``. None runs them for all."""
    audit: int = Field(8, ge=0)
    """Of the candidates that ``racing`` or ``attribution`` drop, how many are measured in full all
    the same, to say how many of the dropped belong to the exact top k."""
    candidates: Literal["recalled", "random"] = "recalled"
    """``random`` draws as many features as recall finds, from all: the paper's ablation."""
    directions: Literal["decoder", "random"] = "decoder"
    """``random`` amplifies along a random direction of the same norm: a control."""
    random_sae_l0: int | None = Field(None, ge=1)
    """Put randomly initialised TopK SAEs with this many active features in the suite's place."""

    def key_fields(self) -> dict[str, Any]:
        """Return the fields that determine the candidate table; the others only cut it."""
        cuts = {"top_features", "pass_mark", "require_positive"}
        if not (self.racing or self.attribution):
            return self.model_dump(exclude={*cuts, "audit"}, mode="json")
        return self.model_dump(exclude=cuts - {"top_features"}, mode="json")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Candidate(_Table):
    """One candidate feature with the effect of amplifying it."""

    layer: int
    index: int
    recall: float
    """Share of prior samples on which it is active at t*."""
    delta: float
    """Mean change over dev of what ``settings.delta`` names (metric in its own unit, e.g. points
    of exact match; or nats per token)."""
    stderr: float
    """Standard error of ``delta`` over dev samples."""
    low: float = float("-inf")
    """Lower end of the paired 95% t interval of ``delta`` over dev samples."""
    high: float = float("inf")
    delta_loglik: float
    """Mean change of the reference response's log-likelihood, nats per token."""
    samples: int = 0
    """Dev samples it was measured on; fewer than ``m_dev`` where racing dropped it."""

    @property
    def feature(self) -> Feature:
        """The candidate as (layer, index)."""
        return Feature(self.layer, self.index)


class LayerFit(_Table):
    """How one layer's SAE fits the task at t*, over the prior samples."""

    layer: int
    l0: float
    """Mean number of active features."""
    explained_variance: float
    """1 - squared error / squared deviation from the task's mean at t*."""
    candidates: int
    """Features that recall found in this layer."""


class Shortcut(_Table):
    """What racing or attribution left out, and what that cost in exactness."""

    kind: str
    dropped: int
    """Candidates that were not measured on every dev sample."""
    audited: int
    """Of these, how many were measured in full all the same, drawn by seed."""
    missed: int
    """Audited candidates that belong to the exact top k."""
    spared: float
    """Share of all interventions on candidates that did not run, the audit's included."""


class TaskFeatures(_Table):
    """The candidates of one model, SAE suite and task, best first, and how far to trust them."""

    settings: FeatureSettings
    candidates: tuple[Candidate, ...]
    """Ranked by Delta; ties by log-likelihood Delta, recall frequency, layer, index. Candidates
    that were not measured on every sample come after those that were."""
    n_prior: int
    m_dev: int
    null_deltas: tuple[float, ...] = ()
    """Delta of each random direction of equal norm."""
    split_half_reliability: float | None = None
    """Spearman correlation of the Deltas of two disjoint halves of dev; None under 3 candidates."""
    layers: tuple[int, ...] = ()
    """Layers that were searched."""
    fits: tuple[LayerFit, ...] = ()
    shortcut: Shortcut | None = None

    def top(self, k: int | None = None) -> tuple[Feature, ...]:
        """Return the best ``k`` features (default: ``settings.top_features``)."""
        count = self.settings.top_features if k is None else k
        return tuple(candidate.feature for candidate in self.candidates[:count])

    def chosen(self, settings: FeatureSettings) -> tuple[Feature, ...]:
        """Return F_task as some settings cut the table.

        Raises:
            DataError: ``require_positive`` finds no Delta above 0, or ``pass_mark: null`` leaves
                no feature.
        """
        best = self.candidates[: settings.top_features]
        if settings.require_positive and not self.helps:
            raise DataError(
                f"no feature helps: the highest Delta of {len(self.candidates)} candidates is "
                f"{best[0].delta:+.4g} ({best[0].feature}). Set `require_positive: false` to rank "
                "all the same, as the paper does."
            )
        if settings.pass_mark == "null" and self.null_deltas:
            mark = max(self.null_deltas)
            passing = tuple(c for c in best if c.delta > mark)
            if not passing:
                raise DataError(
                    f"no feature beats the null: the highest Delta is {best[0].delta:+.4g} "
                    f"({best[0].feature}), and {len(self.null_deltas)} random directions reach "
                    f"{mark:+.4g}. Raise `m_dev`, or set `pass_mark: rank`."
                )
            best = passing
        return tuple(candidate.feature for candidate in best)

    @property
    def beat_null(self) -> int | None:
        """How many candidates' Delta exceeds every random direction's; None without directions."""
        if not self.null_deltas:
            return None
        mark = max(self.null_deltas)
        return sum(candidate.delta > mark for candidate in self.candidates)

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
