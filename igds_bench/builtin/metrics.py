"""The metrics of this package, as task files name them."""

from __future__ import annotations

from igds_bench import metrics
from igds_bench.core.specs import MetricFactory

SUMMARIES = {
    "exact_match": "Share of final answers that equal the reference's, in percent.",
    "rouge1": "Mean ROUGE-1 F1, in percent.",
    "rouge2": "Mean ROUGE-2 F1, in percent.",
    "rougeL": "Mean ROUGE-L F1, in percent.",
    "bleu": "Corpus BLEU of sacrebleu.",
    "chrf": "Corpus chrF2 of sacrebleu.",
    "math": "Share of answers equivalent to the reference's by math-verify, in percent.",
}
METRICS = tuple(
    MetricFactory(name, build, SUMMARIES[name]) for name, build in metrics.METRICS.items()
)
