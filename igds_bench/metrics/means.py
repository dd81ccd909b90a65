"""Metrics that are means over examples: exact match and ROUGE."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from igds_bench.core.aggregation import Mean
from igds_bench.core.specs import MetricSpec

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray


def _mean_of(values: Sequence[float]) -> FloatArray:
    """Return statistics (value, 1)."""
    import numpy as np

    return np.column_stack([np.asarray(values, dtype=np.float64), np.ones(len(values))])


def exact_match(answer: str | None = None, name: str = "exact_match") -> MetricSpec:
    """Return the share of predictions whose final answer equals the reference's, in percent.

    Args:
        answer: regular expression whose group 1 (or whole match) is the answer; the last match
            counts. None compares the whole text.
        name: the metric's name.

    Numbers are compared as numbers: ``$1,200.`` equals ``1200.0``. No answer is a wrong answer.
    """
    pattern = re.compile(answer) if answer else None

    def statistics(predictions: Sequence[str], references: Sequence[str]) -> FloatArray:
        pairs = zip(predictions, references, strict=True)
        return _mean_of([100.0 * _same(pattern, p, r) for p, r in pairs])

    return MetricSpec(
        name,
        ("correct", "n"),
        statistics,
        Mean(),
        signature=f"exact_match|answer:{answer or 'whole text'}|last match|numbers as numbers",
    )


def _same(pattern: re.Pattern[str] | None, prediction: str, reference: str) -> bool:
    found, wanted = _extract(pattern, prediction), _extract(pattern, reference)
    return found is not None and found == wanted


def _extract(pattern: re.Pattern[str] | None, text: str) -> str | float | None:
    """Return the last answer in a text: a number where it reads as one."""
    if pattern is not None:
        matches = list(pattern.finditer(text))
        if not matches:
            return None
        text = matches[-1][1] if pattern.groups else matches[-1][0]
    plain = text.strip().rstrip(".").strip()
    number = plain.replace(",", "").replace("$", "").replace("%", "").strip()
    try:
        return float(number)
    except ValueError:
        return plain or None


def rouge(kind: str = "rouge1") -> MetricSpec:
    """Return mean ROUGE F1 in percent: ``rouge1``, ``rouge2`` or ``rougeL`` (Lin, 2004)."""

    def statistics(predictions: Sequence[str], references: Sequence[str]) -> FloatArray:
        scorer = _rouge_scorer(kind)
        pairs = zip(references, predictions, strict=True)
        return _mean_of([100.0 * scorer.score(r, p)[kind].fmeasure for r, p in pairs])

    return MetricSpec(
        kind,
        ("f1", "n"),
        statistics,
        Mean(),
        signature=f"{kind}|F1|stemmer:yes|rouge-score",
        requires=("rouge_score",),
    )


@cache
def _rouge_scorer(kind: str) -> Any:
    from rouge_score import rouge_scorer

    return rouge_scorer.RougeScorer([kind], use_stemmer=True)
