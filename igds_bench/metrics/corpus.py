"""Metrics of a whole corpus: BLEU and chrF from their counts, and the loss of the references."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from igds_bench.core.aggregation import Ratio
from igds_bench.core.specs import MetricSpec

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

NGRAMS = 4
"""Order of BLEU (Papineni et al., ACL 2002)."""
CHRF_ORDER = 6
"""Character n-gram order of chrF (Popovic, WMT 2015)."""


def bleu() -> MetricSpec:
    """Return corpus BLEU of sacrebleu's defaults (Post, WMT 2018), from its n-gram counts."""

    def statistics(predictions: Sequence[str], references: Sequence[str]) -> FloatArray:
        return _sacrebleu_statistics(_bleu_scorer(), predictions, references)

    return MetricSpec(
        "bleu",
        (
            "sys_len",
            "ref_len",
            *(f"correct{n}" for n in range(1, NGRAMS + 1)),
            *(f"total{n}" for n in range(1, NGRAMS + 1)),
        ),
        statistics,
        _bleu_from_sums,
        signature="BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp",
        requires=("sacrebleu",),
    )


def chrf() -> MetricSpec:
    """Return corpus chrF2 of sacrebleu's defaults (Popovic, WMT 2015)."""

    def statistics(predictions: Sequence[str], references: Sequence[str]) -> FloatArray:
        return _sacrebleu_statistics(_chrf_scorer(), predictions, references)

    kinds = ("hyp", "ref", "match")
    return MetricSpec(
        "chrf",
        tuple(f"{kind}{n}" for n in range(1, CHRF_ORDER + 1) for kind in kinds),
        statistics,
        _chrf_from_sums,
        signature="chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no",
        requires=("sacrebleu",),
    )


@cache
def _bleu_scorer() -> Any:
    from sacrebleu.metrics import BLEU

    return BLEU()


@cache
def _chrf_scorer() -> Any:
    from sacrebleu.metrics import CHRF

    return CHRF()


def _sacrebleu_statistics(
    scorer: Any, predictions: Sequence[str], references: Sequence[str]
) -> FloatArray:
    """Return sacrebleu's own per-segment statistics, one row per example."""
    import numpy as np

    rows = scorer._extract_corpus_statistics(list(predictions), [list(references)])
    return np.asarray(rows, dtype=np.float64)


def _bleu_from_sums(sums: FloatArray) -> FloatArray:
    """Return BLEU with exponential smoothing: the k-th empty precision counts as 1 / 2^k."""
    import numpy as np

    sys_len, ref_len = sums[..., 0], sums[..., 1]
    correct, total = sums[..., 2 : 2 + NGRAMS], sums[..., 2 + NGRAMS :]
    empty = (correct == 0) & (total > 0)
    smoothed = 1.0 / 2.0 ** np.cumsum(empty, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(empty, smoothed, correct) / total
        log_mean = np.log(precision).sum(axis=-1) / NGRAMS
        penalty = np.where(sys_len < ref_len, np.exp(1 - ref_len / sys_len), 1.0)
        value = 100.0 * penalty * np.exp(log_mean)
    usable = (total > 0).all(axis=-1) & (correct.sum(axis=-1) > 0) & (sys_len > 0)
    return np.where(usable, value, 0.0)


def _chrf_from_sums(sums: FloatArray) -> FloatArray:
    """Return chrF with beta 2: mean precision and recall over orders that occur on both sides."""
    import numpy as np

    counts = sums.reshape(*sums.shape[:-1], CHRF_ORDER, 3)
    hyp, ref, match = counts[..., 0], counts[..., 1], counts[..., 2]
    usable = (hyp > 0) & (ref > 0)
    orders = usable.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(usable, match / hyp, 0.0).sum(axis=-1) / orders
        recall = np.where(usable, match / ref, 0.0).sum(axis=-1) / orders
        value = 100.0 * 5.0 * precision * recall / (4.0 * precision + recall)
    return np.where((orders > 0) & (precision + recall > 0), value, 0.0)


def _no_text(predictions: Sequence[str], references: Sequence[str]) -> FloatArray:
    raise TypeError("response_loss is measured with the model, not from texts.")


RESPONSE_LOSS = MetricSpec(
    "response_loss",
    ("nats", "tokens"),
    _no_text,
    Ratio(),
    bounds=(0.0, float("inf")),
    higher_is_better=False,
    signature="nats per response token|end token included|prompt and response tokenised apart",
)
"""Mean cross-entropy of the reference responses; its statistics come from ``modeling.losses``."""
