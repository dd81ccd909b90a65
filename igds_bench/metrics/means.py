"""Metrics that are means over examples: exact match and ROUGE."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING, Any

from igds_bench.core.aggregation import Mean
from igds_bench.core.data.reference import Reference, texts_of
from igds_bench.core.specs import MetricSpec
from igds_bench.metrics.answers import NUMBERS, answer_pattern, last_answer
from igds_bench.metrics.tokenization import UnicodeTokenizer, check_choice, unreadable

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray


TOKENIZERS = {"default": "stemmer:yes", "unicode": "tokenizer:unicode"}
"""ROUGE's tokenizers, as its signature says them."""
SEVERAL: dict[str, Callable[[Sequence[float]], float]] = {"max": max, "mean": fmean}
"""What ROUGE makes of several references."""


def _mean_of(values: Sequence[float]) -> FloatArray:
    """Return statistics (value, 1)."""
    import numpy as np

    return np.column_stack([np.asarray(values, dtype=np.float64), np.ones(len(values))])


def exact_match(
    answer: str | None = None, name: str = "exact_match", numbers: str = "plain"
) -> MetricSpec:
    """Return the share of predictions whose final answer equals a reference's, in percent.

    Args:
        answer: regular expression whose group 1 (or whole match) is the answer; the last match
            counts. None compares the whole text.
        name: the metric's name.
        numbers: ``plain`` compares numbers as floats and passes over ``,``, ``$`` and ``%``;
            ``strict`` compares those of a declared grammar exactly.

    No answer is a wrong answer. Of several references, any may be the one.

    Raises:
        ConfigError: ``answer`` is no regular expression, or there is no such way with numbers.
    """
    pattern = answer_pattern(answer, name)
    check_choice(name, "numbers", numbers, NUMBERS)
    same, said = NUMBERS[numbers]

    def is_right(prediction: str, references: Reference) -> bool:
        found = last_answer(pattern, prediction)
        wanted = (last_answer(pattern, text) for text in texts_of(references))
        return found is not None and any(w is not None and same(found, w) for w in wanted)

    def statistics(predictions: Sequence[str], references: Sequence[Reference]) -> FloatArray:
        pairs = zip(predictions, references, strict=True)
        return _mean_of([100.0 * is_right(p, r) for p, r in pairs])

    return MetricSpec(
        name,
        ("correct", "n"),
        statistics,
        Mean(),
        signature=f"exact_match|answer:{answer or 'whole text'}|last match|{said}",
        several_references=True,
    )


def rouge(
    kind: str = "rouge1",
    tokenizer: str = "default",
    references: str = "max",
    name: str | None = None,
) -> MetricSpec:
    """Return mean ROUGE F1 in percent: ``rouge1``, ``rouge2`` or ``rougeL`` (Lin, 2004).

    Args:
        kind: which one.
        tokenizer: ``default`` is rouge-score's, which drops all but ASCII letters and digits, with
            its stemmer for English; ``unicode`` reads words of every script, unstemmed.
        references: of several, ``max`` takes the best (as rouge-score does), ``mean`` the mean.
        name: the metric's name; None takes ``kind``.

    Raises:
        ConfigError: there is no such tokenizer, or no such way with several references.
    """
    name = name or kind
    check_choice(name, "tokenizer", tokenizer, TOKENIZERS)
    check_choice(name, "references", references, SEVERAL)

    def statistics(predictions: Sequence[str], wanted: Sequence[Reference]) -> FloatArray:
        scorer, best = _rouge_scorer(kind, tokenizer), SEVERAL[references]
        pairs = zip(wanted, predictions, strict=True)
        return _mean_of(
            [
                best([100.0 * scorer.score(r, p)[kind].fmeasure for r in texts_of(several)])
                for several, p in pairs
            ]
        )

    return MetricSpec(
        name,
        ("f1", "n"),
        statistics,
        Mean(),
        signature=f"{kind}|F1|{TOKENIZERS[tokenizer]}"
        + ("|references:mean" if references == "mean" else "")
        + "|rouge-score",
        requires=("rouge_score",),
        misfits=_rouge_misfits(name) if tokenizer == "default" else lambda references: (),
        several_references=True,
    )


def _rouge_misfits(name: str) -> Callable[[Sequence[str]], Iterable[str]]:
    """Return what refuses texts that rouge-score's own tokenizer drops the letters of."""
    return unreadable(
        name,
        "are no ASCII letters, which rouge-score's own tokenizer drops, so that right answers can "
        "score 0",
        "set `language:` in the task file, such as `language: zh`, or "
        f"`{{name: {name}, options: {{tokenizer: unicode}}}}`.",
        r"(?![A-Za-z])\p{L}",
    )


@cache
def _rouge_scorer(kind: str, tokenizer: str) -> Any:
    from rouge_score import rouge_scorer

    if tokenizer == "unicode":
        return rouge_scorer.RougeScorer([kind], tokenizer=UnicodeTokenizer())
    return rouge_scorer.RougeScorer([kind], use_stemmer=True)
