"""Ablations and controls that every IGDS result is read against.

Each changes one thing of ``igds`` and takes its parameters. The first two are the paper's own
ablations; a control that does as well as ``igds`` says that what it leaves out did not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from igds_bench.builtin.selectors.sae.igds import Igds, Positive, igds_spec
from igds_bench.core.features import Feature, FeatureSettings, TaskFeatures
from igds_bench.core.seeding import keyed_order


@dataclass(frozen=True)
class RecallOnly(Igds):
    """All recalled features, without the interventional filter (the paper's ablation)."""

    def chosen(
        self, found: TaskFeatures, settings: FeatureSettings, seed: int
    ) -> tuple[Feature, ...]:
        """Return every candidate."""
        return tuple(candidate.feature for candidate in found.candidates)


@dataclass(frozen=True)
class CausalOnly(Igds):
    """The filter over features drawn at random instead of recalled ones (the paper's ablation).

    As many are drawn as recall finds. Most are never active at t*, so that scores are often 0.
    """

    control: ClassVar[dict[str, object]] = {"candidates": "random"}


@dataclass(frozen=True)
class Bottom(Igds):
    """The lowest scores first: is it the direction that selects, or only the axis?"""

    higher_is_better: ClassVar[bool] = False


@dataclass(frozen=True)
class RandomFeature(Igds):
    """Recalled features drawn at random in place of the best ones."""

    def chosen(
        self, found: TaskFeatures, settings: FeatureSettings, seed: int
    ) -> tuple[Feature, ...]:
        """Return as many other candidates, drawn by seed; without any, the best themselves."""
        best = found.chosen(settings)
        names = {str(c.feature): c.feature for c in found.candidates if c.feature not in best}
        drawn = keyed_order(names, seed, "recalled feature")[: len(best)]
        return tuple(names[name] for name in drawn) or best


@dataclass(frozen=True)
class RandomDirection(Igds):
    """The filter with a random direction of the same norm in place of each feature's own."""

    control: ClassVar[dict[str, object]] = {"directions": "random"}


@dataclass(frozen=True)
class RandomSae(Igds):
    """The whole method on randomly initialised SAEs of the suite's layers and widths."""

    l0: Positive = 24
    """Features that are active at a time."""

    def _control(self) -> dict[str, object]:
        return {"random_sae_l0": self.l0}


SPECS = (
    igds_spec(
        "igds-recall-only",
        RecallOnly,
        "Ablation: all recalled features, no interventional filter.",
    ),
    igds_spec(
        "igds-causal-only",
        CausalOnly,
        "Ablation: the filter over features drawn at random, no recall.",
    ),
    igds_spec(
        "igds-bottom",
        Bottom,
        "Control: the lowest Feature-Resonant Scores first.",
        control=True,
        paper="direction of arXiv 2601.11019",
    ),
    igds_spec(
        "igds-random-feature",
        RandomFeature,
        "Control: a recalled feature drawn at random.",
        control=True,
        deterministic=False,
        paper="",
    ),
    igds_spec(
        "igds-random-direction",
        RandomDirection,
        "Control: interventions along random directions of equal norm.",
        control=True,
        paper="",
    ),
    igds_spec(
        "igds-random-sae",
        RandomSae,
        "Control: the whole method on untrained SAEs.",
        control=True,
        paper="",
    ),
)
