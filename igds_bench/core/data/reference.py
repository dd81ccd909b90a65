"""What a prediction is compared with: one text, or several of which any is right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

Reference: TypeAlias = str | tuple[str, ...]
"""What a prediction is compared with: one text, or several of which any is right."""
COUNT = re.compile(r"nrefs:(\w+)")
"""How a signature says how many references an example has, as sacrebleu writes it."""


def texts_of(reference: Reference) -> tuple[str, ...]:
    """Return the texts of a reference, be it one or several."""
    return (reference,) if isinstance(reference, str) else tuple(reference)


def reference_count(references: Iterable[Reference]) -> str:
    """Return how many texts every reference has; ``var`` where they have not all the same."""
    counts = {len(texts_of(reference)) for reference in references} or {1}
    return str(counts.pop()) if len(counts) == 1 else "var"


def recorded_count(signature: str) -> str:
    """Return how many references an example has by a signature; one that says nothing says 1."""
    found = COUNT.search(signature)
    return found[1] if found else "1"
