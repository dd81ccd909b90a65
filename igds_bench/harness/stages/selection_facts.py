"""What a selection looks like: lengths, scores, and how the score goes with length."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from igds_bench.core.protocols import TokenCount
from igds_bench.core.record import QUANTILES
from igds_bench.core.selection import Ranking


def selection_facts(
    ids: Sequence[str], counts: Mapping[str, TokenCount], ranking: Ranking
) -> dict[str, Any]:
    """Return means and quantiles of lengths in tokens and of scores, chosen against the pool."""
    import numpy as np

    lengths = np.asarray([(counts[id_].prompt, counts[id_].response) for id_ in ids])
    means = lengths.mean(axis=0)
    finite = {i: s for i, s in ranking.scores.items() if math.isfinite(s)}
    chosen = [finite[id_] for id_ in ids if id_ in finite]
    return {
        "mean_prompt_tokens": float(means[0]),
        "mean_response_tokens": float(means[1]),
        "prompt_token_quantiles": _quantiles(lengths[:, 0]),
        "response_token_quantiles": _quantiles(lengths[:, 1]),
        "score_quantiles": _quantiles(chosen),
        "pool_score_quantiles": _quantiles(list(finite.values())),
        "score_length_correlation": _length_correlation(finite, counts),
    }


def _quantiles(values: Any) -> list[float]:
    import numpy as np

    return [float(v) for v in np.quantile(values, QUANTILES)] if len(values) else []


def _length_correlation(
    scores: Mapping[str, float], counts: Mapping[str, TokenCount]
) -> dict[str, float]:
    """Return Spearman's correlation of the score with prompt and response length over the pool."""
    from scipy.stats import spearmanr

    found = {}
    values = list(scores.values())
    for name in ("prompt", "response"):
        lengths = [getattr(counts[id_], name) for id_ in scores]
        if len(set(values)) > 1 and len(set(lengths)) > 1:
            found[name] = float(spearmanr(values, lengths).statistic)
    return found
