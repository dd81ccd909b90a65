"""Find a task's causal features: recall, then interventional filtering (IGDS, stages 1a and 1b)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from igds_bench.core.data import Example, Pool, TargetSet
from igds_bench.core.features import Candidate, FeatureSettings, TaskFeatures
from igds_bench.core.seeding import keyed_order
from igds_bench.core.specs import TaskSpec
from igds_bench.errors import DataError
from igds_bench.features.arms import make_arms
from igds_bench.features.intervention import measure_effects
from igds_bench.features.recall import Recalled, recall_features
from igds_bench.features.suite import SAESuite
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
        suite: its SAEs; all layers are searched.
        task: gives metric, stop texts and generation length.
        target: ``prior`` for recall, ``dev`` for interventions.
        settings: numbers of samples, tau, Delta, the null.
        progress: shows what runs.

    Raises:
        DataError: a split has fewer samples than the settings ask for, or nothing passes tau.
    """
    prior = _sample(target.prior, "prior", settings.n_prior, settings.seed)
    dev = _sample(target.dev, "dev", settings.m_dev, settings.seed)
    prompts = [example.prompt for example in prior]
    recalled = recall_features(lm, suite, prompts, settings.tau, progress)
    arms = make_arms(recalled, settings.null_directions, settings.seed)
    effects = measure_effects(
        lm,
        suite,
        arms,
        dev,
        task,
        max_new_tokens=_generation_length(task, settings),
        progress=progress,
    )
    judged = effects.loglik if effects.metric is None else effects.metric
    sign = 1.0 if settings.delta == "log-likelihood" or task.metric.higher_is_better else -1.0
    count = len(recalled)
    candidates = _ranked(recalled, sign * judged[:count], effects.loglik[:count])
    return TaskFeatures(
        settings=settings,
        candidates=tuple(candidates),
        n_prior=len(prior),
        m_dev=len(dev),
        null_deltas=tuple(float(delta) for delta in sign * judged[count:].mean(axis=1)),
        split_half_reliability=_split_half(judged[:count]),
        layers=suite.layers,
    )


def _generation_length(task: TaskSpec, settings: FeatureSettings) -> int | None:
    """Return the longest generation, or None where only log-likelihoods are asked for."""
    if settings.delta == "log-likelihood":
        return None
    return settings.max_new_tokens or task.max_new_tokens


def _sample(split: Pool, name: str, count: int, seed: int) -> list[Example]:
    """Draw samples by a hash of seed and id, so that more samples contain the fewer."""
    if len(split) < count:
        setting = "n_prior" if name == "prior" else "m_dev"
        raise DataError(
            f"{setting} asks for {count} samples, and the {name} split has {len(split)}: "
            f"lower {setting} or enlarge the split."
        )
    return [split.by_id(id_) for id_ in keyed_order(split.ids, seed, name)[:count]]


def _ranked(
    recalled: Sequence[Recalled], deltas: NDArray[np.float64], logliks: NDArray[np.float64]
) -> list[Candidate]:
    """Rank by Delta; ties by log-likelihood Delta, recall frequency, then layer and index."""
    samples = deltas.shape[1]
    candidates = [
        Candidate(
            layer=found.feature.layer,
            index=found.feature.index,
            recall=found.frequency,
            delta=float(own.mean()),
            stderr=float(own.std(ddof=1) / np.sqrt(samples)),
            delta_loglik=float(loglik.mean()),
        )
        for found, own, loglik in zip(recalled, deltas, logliks, strict=True)
    ]
    return sorted(
        candidates, key=lambda c: (-c.delta, -c.delta_loglik, -c.recall, c.layer, c.index)
    )


def _split_half(deltas: NDArray[np.float64]) -> float | None:
    """Correlate the candidates' Deltas on two halves of the samples (Spearman).

    Samples come in hashed order, so even and odd positions are random halves. None below three
    candidates, or where a half can't tell any two of them apart.
    """
    from scipy import stats

    halves = deltas[:, ::2].mean(axis=1), deltas[:, 1::2].mean(axis=1)
    if len(deltas) < 3 or any(np.ptp(half) == 0 for half in halves):
        return None
    return float(stats.spearmanr(*halves).statistic)
