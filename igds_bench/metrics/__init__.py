"""Metrics of generated texts, each from per-example sufficient statistics.

Importing this package is light; numpy and the metric libraries load when a metric is computed.
"""

from igds_bench.metrics.corpus import CHRF_ORDER, NGRAMS, RESPONSE_LOSS, bleu, chrf
from igds_bench.metrics.lookup import METRICS, check_requirements, metric_by_name
from igds_bench.metrics.mathematics import math
from igds_bench.metrics.means import exact_match, rouge
from igds_bench.metrics.scoring import BOOTSTRAP_DRAWS, score

__all__ = [
    "BOOTSTRAP_DRAWS",
    "CHRF_ORDER",
    "METRICS",
    "NGRAMS",
    "RESPONSE_LOSS",
    "bleu",
    "check_requirements",
    "chrf",
    "exact_match",
    "math",
    "metric_by_name",
    "rouge",
    "score",
]
