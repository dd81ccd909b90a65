"""pass@k of sampled generations: the unbiased estimator (Chen et al., arXiv 2107.03374, eq. 1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from igds_bench.core.aggregation import Mean
from igds_bench.core.data.reference import Reference
from igds_bench.core.settings import Sampling
from igds_bench.core.specs import MetricSpec

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

_NUMBER = r"[\d.e+-]+"
SIGNATURE = re.compile(
    rf"(.*)\|pass@(\d+)\|n:(\d+)\|temperature:({_NUMBER})\|top_p:({_NUMBER})\|seed:(\d+)", re.DOTALL
)
"""The signature of a pass@k, which holds that of the metric it is of."""


def pass_at_k(drawn: FloatArray, correct: FloatArray, k: int) -> FloatArray:
    """Return the chance that one of k samples is right, estimated from n of which c are.

    It is ``1 - C(n-c, k) / C(n, k)``, as a product, which stays exact for large n.

    Args:
        drawn: n of every example, (m,); none below k.
        correct: c of every example, (m,).
        k: samples that are tried.
    """
    import numpy as np

    misses = np.ones(len(drawn))
    for step in range(k):
        misses *= np.clip(drawn - correct - step, 0, None) / (drawn - step)
    return 1.0 - misses


def is_correctness(metric: MetricSpec) -> bool:
    """Return whether every example is either right or wrong by a metric: 100 or 0."""
    return metric.columns == ("correct", "n") and metric.from_sums == Mean()


def sampled_metrics(
    metrics: Iterable[MetricSpec], sampling: Sampling | None
) -> tuple[MetricSpec, ...]:
    """Return pass@k of every metric by which an answer is right or wrong, for every k."""
    if sampling is None:
        return ()
    right_or_wrong = [metric for metric in metrics if is_correctness(metric)]
    return tuple(pass_metric(metric, k, sampling) for metric in right_or_wrong for k in sampling.k)


def drawn_for_nothing(
    tasks: Mapping[str, Iterable[MetricSpec]], sampling: Sampling | None
) -> list[str]:
    """Return why samples would be drawn for nothing, where no task counts right answers.

    Args:
        tasks: metrics by task.
        sampling: what is asked for.
    """
    if sampling is None or any(sampled_metrics(metrics, sampling) for metrics in tasks.values()):
        return []
    return [
        f"`evaluation.samples` is for pass@k, and no metric of {', '.join(tasks)} says right or "
        "wrong of an answer, as `exact_match` and `math` do: take it out."
    ]


def pass_metric(metric: MetricSpec, k: int, sampling: Sampling) -> MetricSpec:
    """Return the mean pass@k over examples, in percent, called ``<metric>-pass-<k>``.

    Its statistics read the column ``samples`` and keep n and c of every example.
    """

    def statistics(
        samples: Sequence[Sequence[str]], references: Sequence[Reference], *prompts: Sequence[str]
    ) -> FloatArray:
        import numpy as np

        counts = [len(own) for own in samples]
        example = [place for place, count in enumerate(counts) for _ in range(count)]
        flat = list(chain.from_iterable(samples))
        given = [[part[row] for row in example] for part in (references, *prompts)]
        right = metric.statistics(flat, *given)[:, 0] / 100.0
        correct = np.bincount(example, right, len(counts)).astype(np.float64)
        drawn = np.asarray(counts, dtype=np.float64)
        value = 100.0 * pass_at_k(drawn, correct, k)
        return np.column_stack([value, np.ones(len(counts)), correct, drawn])

    return MetricSpec(
        f"{metric.name}-pass-{k}",
        ("pass", "n", "correct", "drawn"),
        statistics,
        Mean(),
        signature=f"{metric.signature}|pass@{k}|n:{sampling.n}|temperature:{sampling.temperature}"
        f"|top_p:{sampling.top_p}|seed:{sampling.seed}",
        requires=metric.requires,
        uses_source=metric.uses_source,
        version=metric.version,
        problems=metric.problems,
        several_references=metric.several_references,
        reads="samples",
    )


def recorded_sampling(name: str, signature: str) -> tuple[str, str, int, Sampling] | None:
    """Return what a recorded pass@k is of: metric, its signature, k and sampling; None if none."""
    found = SIGNATURE.fullmatch(signature)
    if found is None:
        return None
    of, k, n, temperature, top_p, seed = found.groups()
    sampling = Sampling(
        n=int(n), k=(int(k),), temperature=float(temperature), top_p=float(top_p), seed=int(seed)
    )
    return name.removesuffix(f"-pass-{k}"), of, int(k), sampling
