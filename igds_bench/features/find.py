"""Find a task's causal features: recall, then interventional filtering (IGDS, stages 1a and 1b)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from igds_bench.core.data import Example, Pool, TargetSet
from igds_bench.core.features import FeatureSettings, Shortcut, TaskFeatures
from igds_bench.core.seeding import keyed_order
from igds_bench.core.specs import TaskSpec
from igds_bench.errors import DataError
from igds_bench.features.candidates import ranked, split_half
from igds_bench.features.interventions import shortcuts
from igds_bench.features.interventions.arms import Arm, feature_arms, null_arms
from igds_bench.features.interventions.effects import (
    Effects,
    Measure,
    measure_effects,
)
from igds_bench.features.recall import Recalled, measure_activity
from igds_bench.features.saes.random import RandomSuite
from igds_bench.features.saes.suite import SAESuite
from igds_bench.modeling.capture import Progress, plain_progress
from igds_bench.modeling.load import LanguageModel


def find_task_features(
    lm: LanguageModel,
    suite: SAESuite,
    task: TaskSpec,
    target: TargetSet,
    settings: FeatureSettings,
    progress: Progress = plain_progress,
) -> TaskFeatures:
    """Return a task's candidates, best first, with what is needed to judge them.

    Args:
        lm: the probe (or base) model.
        suite: its SAEs; all layers are searched unless the settings name some.
        task: gives metric, stop texts and generation length.
        target: ``prior`` for recall, ``dev`` for interventions.
        settings: numbers of samples, tau, Delta, the null, shortcuts and controls.
        progress: shows what runs.

    Raises:
        DataError: a split has fewer samples than the settings ask for, or nothing passes tau.
    """
    suite = suite_for(suite, settings)
    prior = sample(target.prior, "prior", settings.n_prior, settings.seed)
    dev = sample(target.dev, "dev", settings.m_dev, settings.seed)
    activity = measure_activity(lm, suite, prior, settings.layers, progress)
    recalled = activity.recalled(settings.tau)
    fits = activity.layer_fits(recalled)
    if settings.candidates == "random":
        recalled = activity.drawn(len(recalled), settings.seed)
    found = kept = len(recalled)
    if settings.attribution is not None:
        recalled, kept = shortcuts.by_attribution(lm, suite, recalled, dev, settings)
    arms, count = _arms(recalled, settings), len(recalled)
    race = _race(recalled, kept, task, settings)
    effects = measure_effects(lm, suite, arms, dev, _measure(task, settings, race), progress)
    judged = oriented(effects, task, settings)
    assert effects.loglik is not None
    return TaskFeatures(
        settings=settings,
        candidates=tuple(ranked(recalled, judged[:count], effects.loglik[:count])),
        n_prior=len(prior),
        m_dev=len(dev),
        null_deltas=tuple(float(delta) for delta in judged[count:].mean(axis=1)),
        split_half_reliability=split_half(judged[:count]),
        layers=tuple(activity.frequencies),
        fits=fits,
        shortcut=_shortcut(judged[:count], found, kept, race, settings),
    )


def suite_for(suite: SAESuite, settings: FeatureSettings) -> SAESuite:
    """Return the suite that settings ask for: the trained one, or a random one of its shape."""
    if settings.random_sae_l0 is None:
        return suite
    return RandomSuite(suite.spec, suite.layers, settings.random_sae_l0, settings.seed)


def generation_length(task: TaskSpec, settings: FeatureSettings) -> int | None:
    """Return the longest generation, or None where only log-likelihoods are asked for."""
    if settings.delta == "log-likelihood":
        return None
    return settings.max_new_tokens or task.max_new_tokens


def oriented(effects: Effects, task: TaskSpec, settings: FeatureSettings) -> NDArray[np.float64]:
    """Return what interventions are judged by, (arms, samples), higher is better."""
    if settings.delta == "log-likelihood":
        assert effects.loglik is not None
        return effects.loglik
    assert effects.metric is not None
    return effects.metric if task.metric.higher_is_better else -effects.metric


def sample(split: Pool, name: str, count: int, seed: int) -> list[Example]:
    """Draw samples by a hash of seed and id, so that more samples contain the fewer.

    Raises:
        DataError: the split has fewer.
    """
    if len(split) < count:
        setting = "n_prior" if name == "prior" else "m_dev"
        raise DataError(
            f"{setting} asks for {count} samples, and the {name} split has {len(split)}: "
            f"lower {setting} or enlarge the split."
        )
    return [split.by_id(id_) for id_ in keyed_order(split.ids, seed, name)[:count]]


def _arms(recalled: Sequence[Recalled], settings: FeatureSettings) -> list[Arm]:
    features = [found.feature for found in recalled]
    seed = settings.seed if settings.directions == "random" else None
    return [
        *feature_arms(features, settings.multiplier, seed),
        *null_arms(features, settings.null_directions, settings.seed, settings.multiplier),
    ]


def _race(
    recalled: Sequence[Recalled], kept: int, task: TaskSpec, settings: FeatureSettings
) -> shortcuts.Race | None:
    """Return the race that settings ask for; candidates behind ``kept`` are there for the audit."""
    if not settings.racing:
        return None
    features = [found.feature for found in recalled]
    audit = shortcuts.audited(features[:kept], settings)
    spared = {i for i, feature in enumerate(features) if feature in audit or i >= kept}
    is_metric = settings.delta == "metric"
    sign = -1.0 if is_metric and not task.metric.higher_is_better else 1.0
    arms = len(recalled) + settings.null_directions
    return shortcuts.Race(len(recalled), arms, settings.top_features, sign, spared)


def _measure(task: TaskSpec, settings: FeatureSettings, race: shortcuts.Race | None) -> Measure:
    """Return what interventions are judged by, and who goes on in a race."""

    def survivors(effects: Effects, samples: Sequence[int]) -> list[int]:
        judged = effects.loglik if settings.delta == "log-likelihood" else effects.metric
        assert judged is not None and race is not None
        return race.survivors(judged, samples)

    length = generation_length(task, settings)
    return Measure(task, length, survivors=survivors if race is not None else None)


def _shortcut(
    judged: NDArray[np.float64],
    found: int,
    kept: int,
    race: shortcuts.Race | None,
    settings: FeatureSettings,
) -> Shortcut | None:
    kinds = [name for name in ("attribution", "racing") if getattr(settings, name)]
    if not kinds:
        return None
    lost = {number for number in (race.lost if race else set()) if number < kept}
    whole = {number for number in lost if not np.isnan(judged[number]).any()}
    audit = whole | set(range(kept, len(judged)))
    left = kept - len(lost)
    return shortcuts.report(" + ".join(kinds), judged, left, found, settings.top_features, audit)
