"""Which options metrics have by default in a language, as a task file names it."""

from __future__ import annotations

from typing import Any

from igds_bench.errors import ConfigError

BLEU_TOKENIZERS = {
    "zh": "zh",
    "ja": "ja-mecab",
    "ko": "ko-mecab",
    "th": "char",
    "lo": "char",
    "km": "char",
    "my": "char",
    "bo": "char",
}
"""sacrebleu's tokenizer by language: its own choice for the first three, and characters where words
have no spaces between them and it has no other without a download; 13a for all others."""
UNSPACED = ("zh", "ja", "th", "lo", "km", "my", "yue", "wuu")
"""Languages that put no spaces between words."""
ASCII = ("en",)
"""Languages whose letters rouge-score's own tokenizer reads, stemming them as English."""


def check_language(code: str, error: type[Exception] = ConfigError) -> str:
    """Return a language's code.

    Raises:
        error: it is none of two or three letters, with or without a region.
    """
    if not (
        2 <= len(_primary(code)) <= 3 and _primary(code).isascii() and _primary(code).isalpha()
    ):
        raise error(f"'{code}' is no language code: write one such as en, de, zh or pt-BR.")
    return code


def is_spaced(code: str) -> bool:
    """Return whether a language puts spaces between words, and so in front of an answer."""
    return _primary(code) not in UNSPACED


def language_options(metric: str, language: str | None) -> dict[str, Any]:
    """Return the options that a language gives a metric of this package; none are its defaults.

    Args:
        metric: its name.
        language: a code such as ``zh`` or ``zh-CN``; None says nothing.
    """
    if language is None:
        return {}
    code = _primary(language)
    if metric == "bleu" and code in BLEU_TOKENIZERS:
        return {"tokenize": BLEU_TOKENIZERS[code]}
    if metric in ("rouge1", "rouge2", "rougeL") and code not in ASCII:
        return {"tokenizer": "unicode"}
    return {}


def _primary(code: str) -> str:
    return code.replace("_", "-").split("-")[0].lower()
