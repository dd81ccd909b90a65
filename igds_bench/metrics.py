"""Metrics of generated texts, each from per-example sufficient statistics.

Importing this module is light; numpy and the metric libraries load when a metric is computed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from igds_bench.core.record import Score
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import ConfigError, StageError, nearest

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

NGRAMS = 4
"""Order of BLEU (Papineni et al., ACL 2002)."""
CHRF_ORDER = 6
"""Character n-gram order of chrF (Popovic, WMT 2015)."""
BOOTSTRAP_DRAWS = 200
"""Draws behind the standard error of a corpus metric."""


def _ratio(sums: FloatArray) -> FloatArray:
    """Return column 0 over column 1."""
    return sums[..., 0] / sums[..., 1]


def _mean_of(values: Sequence[float]) -> FloatArray:
    """Return statistics (value, 1) whose sums' ratio is the mean."""
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
        _ratio,
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
        _ratio,
        signature=f"{kind}|F1|stemmer:yes|rouge-score",
        requires=("rouge_score",),
    )


@cache
def _rouge_scorer(kind: str) -> Any:
    from rouge_score import rouge_scorer

    return rouge_scorer.RougeScorer([kind], use_stemmer=True)


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
    _ratio,
    bounds=(0.0, float("inf")),
    higher_is_better=False,
    signature="nats per response token|end token included|prompt and response tokenised apart",
)
"""Mean cross-entropy of the reference responses; its statistics come from ``modeling.losses``."""

METRICS: dict[str, Callable[..., MetricSpec]] = {
    "exact_match": exact_match,
    "rouge1": lambda: rouge("rouge1"),
    "rouge2": lambda: rouge("rouge2"),
    "rougeL": lambda: rouge("rougeL"),
    "bleu": bleu,
    "chrf": chrf,
}
"""Metrics that a task file can name."""


def metric_by_name(name: str, **options: Any) -> MetricSpec:
    """Return a metric by its name.

    Raises:
        ConfigError: there is no such metric, or it has no such option.
    """
    if name not in METRICS:
        raise ConfigError(
            f"no metric is called '{name}'.{nearest(name, METRICS)} "
            f"There are: {', '.join(METRICS)}; others come with a task of a plugin."
        )
    try:
        return METRICS[name](**options)
    except TypeError as error:
        raise ConfigError(f"metric '{name}': {error}") from None


def check_requirements(metric: MetricSpec) -> list[str]:
    """Return one sentence per package that a metric needs and that is not installed."""
    return [
        f"metric '{metric.name}' needs the package '{package}': "
        f"pip install {package.replace('_', '-')}"
        for package in metric.requires
        if find_spec(package) is None
    ]


def score(metric: MetricSpec, statistics: FloatArray) -> Score:
    """Return a metric's value over all examples, with its standard error over examples.

    Args:
        metric: gives the aggregation.
        statistics: array of shape (n, s).

    Raises:
        StageError: the value is no number, or outside of the metric's bounds.

    The error is the analytic one of a mean, and for corpus metrics the standard deviation of 200
    seeded bootstrap draws. With a single example there is none.
    """
    import numpy as np

    n = len(statistics)
    value = float(metric.from_sums(statistics.sum(axis=0)))
    low, high = metric.bounds
    if not low - 1e-6 <= value <= high + 1e-6:
        raise StageError(f"metric '{metric.name}' is {value}, outside of {low} to {high}.")
    stderr = None
    if n > 1 and metric.columns[1:] == ("n",):
        stderr = float(statistics[:, 0].std(ddof=1) / np.sqrt(n))
    elif n > 1:
        weights = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), BOOTSTRAP_DRAWS)
        stderr = float(metric.from_sums(weights.astype(np.float64) @ statistics).std(ddof=1))
    return Score(
        value=value,
        stderr=stderr,
        n=n,
        higher_is_better=metric.higher_is_better,
        signature=metric.signature,
        version=metric.version,
    )
