"""Metrics of a whole corpus: BLEU and chrF from their counts, and the loss of the references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from igds_bench.core.aggregation import Ratio
from igds_bench.core.data.reference import Reference, texts_of
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import ConfigError
from igds_bench.metrics.tokenization import (
    BY_SPACES,
    UNSPACED,
    check_choice,
    sacrebleu_problems,
    unreadable,
)

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

TOKENIZER = "13a"
"""sacrebleu's default, whose signature is known without loading it."""
NGRAMS = 4
"""Order of BLEU (Papineni et al., ACL 2002)."""
CHRF_ORDER = 6
"""Character n-gram order of chrF (Popovic, WMT 2015)."""


def bleu(tokenize: str = "13a", lowercase: bool = False, name: str = "bleu") -> MetricSpec:
    """Return corpus BLEU of sacrebleu (Post, WMT 2018), from its n-gram counts.

    Args:
        tokenize: one of sacrebleu's tokenizers.
        lowercase: compare texts in lower case.
        name: the metric's name.

    Raises:
        ConfigError: sacrebleu has no such tokenizer.
    """
    lacking: list[str] = []
    if tokenize != TOKENIZER:
        from sacrebleu.metrics import BLEU

        check_choice(name, "tokenize", tokenize, BLEU.TOKENIZERS)
        lacking = sacrebleu_problems(name, tokenize)
    # A tokenizer's own signature may hold a version, and needs what the tokenizer needs.
    said = tokenize if tokenize == TOKENIZER or lacking else _bleu_tokenizer(tokenize)

    def statistics(predictions: Sequence[str], references: Sequence[Reference]) -> FloatArray:
        return _sacrebleu_statistics(_bleu_scorer(tokenize, lowercase), predictions, references)

    return MetricSpec(
        name,
        (
            "sys_len",
            "ref_len",
            *(f"correct{n}" for n in range(1, NGRAMS + 1)),
            *(f"total{n}" for n in range(1, NGRAMS + 1)),
        ),
        statistics,
        _bleu_from_sums,
        signature=f"BLEU|nrefs:1|case:{_case(lowercase)}|eff:no|tok:{said}|smooth:exp"
        + ("|not installed" if lacking else ""),
        requires=("sacrebleu",),
        problems=lambda: lacking,
        misfits=_bleu_misfits(name, tokenize),
        several_references=True,
    )


def chrf(word_order: int = 0, lowercase: bool = False, name: str = "chrf") -> MetricSpec:
    """Return corpus chrF2 of sacrebleu (Popovic, WMT 2015); chrF2++ with a word order of 2.

    Args:
        word_order: longest n-gram of words that counts besides those of characters.
        lowercase: compare texts in lower case.
        name: the metric's name.

    Raises:
        ConfigError: the word order is negative, or no whole number.
    """
    if isinstance(word_order, bool) or not isinstance(word_order, int) or word_order < 0:
        raise ConfigError(f"metric '{name}': `word_order` is 0 or more, and not {word_order!r}.")

    def statistics(predictions: Sequence[str], references: Sequence[Reference]) -> FloatArray:
        return _sacrebleu_statistics(_chrf_scorer(word_order, lowercase), predictions, references)

    kinds = ("hyp", "ref", "match")
    return MetricSpec(
        name,
        tuple(f"{kind}{n}" for n in range(1, CHRF_ORDER + word_order + 1) for kind in kinds),
        statistics,
        _chrf_from_sums,
        signature=f"chrF2{'+' * word_order}|nrefs:1|case:{_case(lowercase)}|eff:yes|"
        f"nc:{CHRF_ORDER}|nw:{word_order}|space:no",
        requires=("sacrebleu",),
        several_references=True,
    )


def _case(lowercase: bool) -> str:
    return "lc" if lowercase else "mixed"


def _bleu_misfits(name: str, tokenize: str) -> Callable[[Sequence[str]], Iterable[str]]:
    """Return what refuses texts without spaces for a tokenizer that goes by them."""
    if tokenize not in BY_SPACES:
        return lambda references: ()
    return unreadable(
        name,
        f"are of scripts without spaces between words, which its tokenizer '{tokenize}' doesn't "
        "cut, so that right answers can score 0",
        "set `language:` in the task file, such as `language: zh`, or name a tokenizer: "
        f"`{{name: {name}, options: {{tokenize: zh}}}}` (or char, ja-mecab, flores200).",
        rf"(?=\p{{L}}){UNSPACED}",
    )


@cache
def _bleu_scorer(tokenize: str, lowercase: bool) -> Any:
    from sacrebleu.metrics import BLEU

    return BLEU(tokenize=tokenize, lowercase=lowercase)


def _bleu_tokenizer(tokenize: str) -> str:
    return str(_bleu_scorer(tokenize, False).tokenizer_signature)


@cache
def _chrf_scorer(word_order: int, lowercase: bool) -> Any:
    from sacrebleu.metrics import CHRF

    return CHRF(word_order=word_order, lowercase=lowercase)


def _sacrebleu_statistics(
    scorer: Any, predictions: Sequence[str], references: Sequence[Reference]
) -> FloatArray:
    """Return sacrebleu's own per-segment statistics, one row per example.

    sacrebleu takes references by place: the first of every segment, the second of every segment,
    and so on, with None where a segment has no more.
    """
    import numpy as np

    by_place = list(zip_longest(*map(texts_of, references))) or [()]
    rows = scorer._extract_corpus_statistics(list(predictions), [list(r) for r in by_place])
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

    counts = sums.reshape(*sums.shape[:-1], -1, 3)
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
