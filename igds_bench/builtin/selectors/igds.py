"""Interpretability-Guided Data Selection (Shi et al., ACL 2026, arXiv 2604.25167)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from igds_bench.core.data import Pool
from igds_bench.core.features import FeatureSettings
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.selection import Ranking

Positive = Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class Igds:
    """Rank by the Feature-Resonant Score, ``FRS(x) = sum over f in F_task of a_f(x, t*)``.

    Every parameter left at None is taken from the grid's ``amplification`` settings, so that by
    default the features that select are the features whose amplification is measured.
    """

    top_features: Positive | None = None
    """Size of F_task (the paper's k; 1 there)."""
    tau: Annotated[float, Field(gt=0, le=1)] | None = None
    """Recall threshold of stage 1a (the paper's 0.8)."""
    n_prior: Positive | None = None
    """Prior samples of stage 1a."""
    m_dev: Positive | None = None
    """Dev samples of stage 1b."""
    delta: Literal["metric", "log-likelihood"] | None = None
    """What an intervention is judged by; the paper's is the task metric."""
    score_with: Literal["probe", "base"] = "probe"
    """Which model's activations score the pool; the paper's is the probe (instruct) model."""

    def feature_settings(self, defaults: FeatureSettings) -> FeatureSettings:
        """Return ``defaults`` with this selector's own parameters in place."""
        names = ("top_features", "tau", "n_prior", "m_dev", "delta")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return FeatureSettings(**{**defaults.model_dump(), **given})

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by FRS, highest first; ties, zeros among them, in seeded random order."""
        from igds_bench.features.resonance import feature_resonance_scores

        settings = self.feature_settings(context.feature_defaults())
        found = context.task_features(settings)
        features = found.top(settings.top_features)
        scores = feature_resonance_scores(
            context.model(self.score_with),
            context.saes(),
            features,
            [example.prompt for example in pool],
            progress=context.progress,
        )
        by_id = dict(zip(pool.ids, (float(score) for score in scores), strict=True))
        return Ranking.by_score(
            by_id,
            context.seed,
            notes={
                "features": [str(feature) for feature in features],
                "zero_share": sum(score == 0 for score in by_id.values()) / len(by_id),
                "best_beats_null": found.best_beats_null,
                "a_feature_helps": found.helps,
                "split_half_reliability": found.split_half_reliability,
            },
        )
