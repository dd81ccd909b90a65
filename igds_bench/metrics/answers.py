"""Final answers in texts, and when two of them are the same: as numbers, or as texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from igds_bench.errors import ConfigError

CURRENCY = "[$€£¥₹₩]"
NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s*(?P<before>{CURRENCY}?)\s*(?P<inner>[-+]?)"
    r"(?P<digits>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
    rf"(?P<power>(?:[eE][-+]?[0-9]{{1,3}})?)\s*(?P<after>{CURRENCY}?)(?P<percent>%?)"
)
"""A number: sign, thousands in groups of three, decimal point, power of ten, currency, percent."""
FOLDED = ("<wide>", "<narrow>", "<noBreak>")
"""Kinds of characters that are other forms of plain ones, such as full-width digits; superscripts
are not among them, since 5² is not 52."""


def answer_pattern(answer: str | None, name: str) -> re.Pattern[str] | None:
    """Return the compiled pattern of a final answer; None where the whole text is one.

    Raises:
        ConfigError: it is no regular expression.
    """
    try:
        return re.compile(answer) if answer else None
    except re.error as error:
        raise ConfigError(
            f"metric '{name}': `answer` {answer!r} is no regular expression: {error}."
        ) from None


def last_answer(pattern: re.Pattern[str] | None, text: str) -> str | None:
    """Return group 1 of the last match, or the whole match; None where neither is in the text."""
    if pattern is None:
        return text
    matches = list(pattern.finditer(text))
    if not matches:
        return None
    found: str | None = matches[-1][1] if pattern.groups else matches[-1][0]
    return found  # None where an optional group takes no part


def same_plain(one: str, other: str) -> bool:
    """Return whether answers are equal, numbers as floats, whatever commas, $ and % they have."""
    found = _plain(one)
    return found is not None and found == _plain(other)


def _plain(text: str) -> str | float | None:
    plain = text.strip().rstrip(".").strip()
    number = plain.replace(",", "").replace("$", "").replace("%", "").strip()
    try:
        return float(number)
    except ValueError:
        return plain or None


def same_strict(one: str, other: str) -> bool:
    """Return whether answers are equal: numbers of the grammar exactly, all else as texts.

    A percent sign must stand on both sides or on none. A currency may stand on one side alone, and
    two must be the same.
    """
    found, wanted = _strict(one), _strict(other)
    if isinstance(found, _Number) and isinstance(wanted, _Number):
        currencies = {found.currency, wanted.currency} - {""}
        same = (found.value, found.is_percent) == (wanted.value, wanted.is_percent)
        return same and len(currencies) < 2
    return found != "" and found == wanted


@dataclass(frozen=True)
class _Number:
    value: Decimal
    currency: str
    is_percent: bool


def _strict(text: str) -> _Number | str:
    """Return an answer as a number of the grammar, or as a composed text."""
    plain = _folded(text).strip().rstrip(".。").strip()
    match = NUMBER.fullmatch(plain.replace("\N{MINUS SIGN}", "-"))
    if match is None or (match["sign"] and match["inner"]) or (match["before"] and match["after"]):
        return plain
    digits = match["digits"].replace(",", "")
    value = Decimal(f"{match['sign'] or match['inner']}{digits}{match['power']}")
    return _Number(value, match["before"] or match["after"], bool(match["percent"]))


def _folded(text: str) -> str:
    """Return a text composed (NFC), with plain forms of wide, narrow and unbreakable characters."""
    plain = (
        unicodedata.normalize("NFKC", letter)
        if unicodedata.decomposition(letter).startswith(FOLDED)
        else letter
        for letter in text
    )
    return unicodedata.normalize("NFC", "".join(plain))


NUMBERS: dict[str, tuple[Callable[[str, str], bool], str]] = {
    "plain": (same_plain, "numbers as numbers"),
    "strict": (same_strict, "numbers:strict"),
}
"""Ways to compare answers, and what a signature says of each."""
