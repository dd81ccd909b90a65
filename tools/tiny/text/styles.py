"""Prompt styles: how one and the same question is put, and small edits for near-duplicates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

_OPENINGS = ("", "Hello. ", "Here is one more. ", "Next task. ", "One question. ")
_CLOSINGS = ("", " Thank you.", " Please answer.", " That is all.")


def plain(r: Random, text: str) -> str:
    """Return the text as it is."""
    return text


def polite(r: Random, text: str) -> str:
    """Put the text politely."""
    opening = r.choice(("Please help me. ", "Good day. ", "Could you do this? "))
    return opening + text + r.choice((" Thank you.", " Many thanks.", ""))


def numbered(r: Random, text: str) -> str:
    """Put the text as an entry of an exercise list."""
    return f"{r.choice(('Exercise', 'Task', 'No.'))} {r.randint(1, 40)}: {text}"


def sloppy(r: Random, text: str) -> str:
    """Put the text in lower case, without punctuation, as in a hurried chat."""
    bare = text.lower().translate(str.maketrans("", "", ".,?"))
    opening = r.choice(("hey ", "pls ", "ok so ", "quick one ", ""))
    return opening + bare + r.choice((" thx", " pls", " asap", ""))


STYLES: Mapping[str, Callable[[Random, str], str]] = {
    "plain": plain,
    "polite": polite,
    "numbered": numbered,
    "sloppy": sloppy,
}


def restyle(r: Random, text: str, weights: Mapping[str, float]) -> str:
    """Put ``text`` in a style drawn by ``weights`` (style name -> weight)."""
    style = r.choices(tuple(weights), tuple(weights.values()))[0]
    return STYLES[style](r, text)


def near_duplicate(r: Random, text: str) -> str:
    """Return ``text`` with an opening or a closing around it that change nothing."""
    edits = [(o, c) for o in _OPENINGS for c in _CLOSINGS if o or c]
    opening, closing = r.choice(edits)
    return opening + text + closing
