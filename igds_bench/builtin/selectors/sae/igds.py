"""Interpretability-Guided Data Selection (Shi et al., ACL 2026, arXiv 2604.25167)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from igds_bench.core.data import Pool
from igds_bench.core.features import Feature, FeatureSettings, TaskFeatures
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec

PAPER = "Shi et al., ACL 2026, arXiv 2604.25167"
Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, le=1)]


@dataclass(frozen=True)
class Igds:
    """Rank by the Feature-Resonant Score, ``FRS(x) = sum over f in F_task of a_f(x, t*)``.

    Every parameter left at None is taken from the grid's ``amplification`` settings, so that by
    default the features that select are the features whose amplification is measured.
    """

    top_features: Positive | None = None
    """Size of F_task (the paper's k; 1 there)."""
    tau: Share | None = None
    """Recall threshold of stage 1a (the paper's 0.8)."""
    n_prior: Positive | None = None
    """Prior samples of stage 1a."""
    m_dev: Positive | None = None
    """Dev samples of stage 1b."""
    delta: Literal["metric", "log-likelihood"] | None = None
    """What an intervention is judged by; the paper's is the task metric."""
    pass_mark: Literal["rank", "null"] | None = None
    """``null`` keeps only features whose Delta exceeds every random direction's."""
    require_positive: bool | None = None
    """Refuse to select where no feature has a Delta above 0."""
    racing: bool | None = None
    """Drop candidates early (not exact; its audit is reported)."""
    attribution: Share | None = None
    """Share of the candidates to measure, by attribution patching (not exact; likewise)."""
    score_with: Literal["probe", "base"] = "probe"
    """Which model's activations score the pool; the paper's is the probe (instruct) model."""

    higher_is_better: ClassVar[bool] = True
    control: ClassVar[dict[str, object]] = {}
    """Feature settings that make a variant of the method."""

    def feature_settings(self, defaults: FeatureSettings) -> FeatureSettings:
        """Return ``defaults`` with this selector's own parameters in place."""
        names = [field.name for field in fields(Igds) if field.name != "score_with"]
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return FeatureSettings(**{**defaults.model_dump(), **given, **self._control()})

    def _control(self) -> dict[str, object]:
        return self.control

    def chosen(
        self, found: TaskFeatures, settings: FeatureSettings, seed: int
    ) -> tuple[Feature, ...]:
        """Return the features that score the pool."""
        return found.chosen(settings)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by FRS; ties, zeros among them, in seeded random order."""
        settings = self.feature_settings(context.feature_defaults())
        found = context.task_features(settings)
        features = self.chosen(found, settings, context.seed)
        activations = context.activations(pool, features, settings, self.score_with)
        scores = activations.astype(float).sum(axis=1).tolist()
        return Ranking.by_score(
            dict(zip(pool.ids, scores, strict=True)),
            context.seed,
            higher_is_better=self.higher_is_better,
            notes={
                "features": [str(feature) for feature in features[:20]],
                "feature_count": len(features),
                "zero_share": sum(score == 0 for score in scores) / len(scores),
                "best_beats_null": found.best_beats_null,
                "a_feature_helps": found.helps,
                "split_half_reliability": found.split_half_reliability,
            },
        )


def igds_spec(
    name: str,
    build: type,
    summary: str,
    deterministic: bool = True,
    paper: str = PAPER,
    control: bool = False,
) -> SelectorSpec:
    """Describe ``igds`` or a variant of it."""
    return SelectorSpec(
        name=name,
        build=build,
        summary=summary,
        needs=frozenset({"target", "base", "probe", "saes", "features"}),
        deterministic=deterministic,
        control=control,
        cost="1 truncated prompt forward",
        paper=paper,
        version=2,
    )


SPEC = igds_spec(
    "igds",
    Igds,
    "Feature-Resonant Score: activation of the task's causal SAE features at t*.",
)
