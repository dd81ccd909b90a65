"""From the effects of interventions to a ranked table of candidates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from igds_bench.core.features import Candidate
from igds_bench.features.recall import Recalled

Values = NDArray[np.float64]


def ranked(recalled: Sequence[Recalled], deltas: Values, logliks: Values) -> list[Candidate]:
    """Rank by Delta; ties by log-likelihood Delta, recall frequency, then layer and index.

    Args:
        recalled: the A candidates.
        deltas: (A, samples), NaN where a candidate was dropped before.
        logliks: (A, samples), likewise.

    Returns:
        Those measured on every sample first.
    """
    table = [
        _candidate(found, own, loglik)
        for found, own, loglik in zip(recalled, deltas, logliks, strict=True)
    ]
    whole = deltas.shape[1]
    return sorted(
        table,
        key=lambda c: (
            c.samples < whole,
            -c.delta,
            -c.delta_loglik,
            -c.recall,
            c.layer,
            c.index,
        ),
    )


def _candidate(found: Recalled, own: Values, loglik: Values) -> Candidate:
    known = own[~np.isnan(own)]
    mean, stderr, low, high = paired_interval(known)
    return Candidate(
        layer=found.feature.layer,
        index=found.feature.index,
        recall=found.frequency,
        delta=mean,
        stderr=stderr,
        low=low,
        high=high,
        delta_loglik=float(np.nanmean(loglik)),
        samples=len(known),
    )


def paired_interval(differences: Values, level: float = 0.95) -> tuple[float, float, float, float]:
    """Return mean, standard error and the t interval of paired differences of shape (samples,)."""
    from scipy import stats

    mean = float(differences.mean())
    stderr = float(differences.std(ddof=1) / np.sqrt(len(differences)))
    reach = stderr * float(stats.t.ppf((1 + level) / 2, len(differences) - 1))
    return mean, stderr, mean - reach, mean + reach


def split_half(deltas: Values) -> float | None:
    """Correlate the candidates' Deltas on two halves of the samples (Spearman).

    Samples come in hashed order, so even and odd positions are random halves. None below three
    candidates, or where a half can't tell any two of them apart.
    """
    from scipy import stats

    whole = deltas[~np.isnan(deltas).any(axis=1)]
    if len(whole) < 3:
        return None
    halves = whole[:, ::2].mean(axis=1), whole[:, 1::2].mean(axis=1)
    if any(np.ptp(half) == 0 for half in halves):
        return None
    return float(stats.spearmanr(*halves).statistic)
