"""What a task's features are about: examples, words, strengths, layers, stability."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExplainSettings(_Part):
    """How much of the task's features is explained."""

    features: int = Field(1, ge=1)
    """Best features that are explained one by one."""
    multipliers: tuple[float, ...] = (1.0, 2.0, 4.0)
    """Strengths at which each of them is amplified, as multiples of ``a_f(h) W_dec[f]``."""
    examples: int = Field(5, ge=0)
    """Pool examples with the highest activation that are shown of each."""
    words: int = Field(12, ge=0)
    """Words whose frequency rises most when it is amplified."""
    prior_sets: int = Field(5, ge=0)
    """Draws of the prior samples over which the best features are compared; below 2 none are."""


class TopExample(_Part):
    """A pool example on which a feature is among its most active."""

    id: str
    activation: float
    """At t*."""
    before: str
    """The prompt up to the critical token."""
    critical: str
    """The token at t*, the prompt's last."""
    source: str = ""


class WordRise(_Part):
    """A word that amplified outputs use more often than original ones (the paper's Figure 6)."""

    word: str
    original: float
    """Occurrences per 1,000 words of the original outputs."""
    amplified: float

    @property
    def rise(self) -> float:
        """Rise in occurrences per 1,000 words."""
        return self.amplified - self.original


class Steering(_Part):
    """The effect of one strength."""

    multiplier: float
    delta: float
    low: float
    """Lower end of the paired 95% t interval over dev samples."""
    high: float
    delta_loglik: float


class FeatureExplanation(_Part):
    """One of the task's best features."""

    layer: int
    index: int
    recall: float
    delta: float
    low: float
    high: float
    link: str = ""
    """Its page on Neuronpedia, where sae-lens's metadata names one."""
    examples: tuple[TopExample, ...] = ()
    words: tuple[WordRise, ...] = ()
    steering: tuple[Steering, ...] = ()

    @property
    def name(self) -> str:
        """The feature as ``L<layer>/<index>``."""
        return f"L{self.layer}/{self.index}"


class LayerShare(_Part):
    """One layer's part in the candidates (the paper's Figure 5)."""

    layer: int
    candidates: int
    helpful: int
    """Candidates whose Delta is above 0."""
    best_delta: float | None = None


class Stability(_Part):
    """The best features found with other prior samples (the paper's Table 5)."""

    n_prior: int
    tops: tuple[tuple[str, ...], ...]
    """The best five features of each draw."""
    overlap: float
    """Mean over pairs of draws of the share of the best five that both name."""
    same_best: float
    """Share of pairs of draws that name the same best feature."""


class Explanation(_Part):
    """All that is said of a task's features beside the candidate table."""

    settings: ExplainSettings
    features: tuple[FeatureExplanation, ...] = ()
    layers: tuple[LayerShare, ...] = ()
    stability: Stability | None = None
