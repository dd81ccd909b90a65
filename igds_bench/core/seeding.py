"""Randomness keyed by (seed, example id), so that no draw depends on position or global state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any


def keyed_uniform(seed: int, *parts: object) -> float:
    """Return a number in [0, 1) that is determined by ``seed`` and ``parts`` alone."""
    text = "\x1f".join([str(seed), *(str(part) for part in parts)])
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def keyed_order(ids: Iterable[str], seed: int, purpose: str = "") -> list[str]:
    """Return ``ids`` in a random order that doesn't depend on the order they came in."""
    return sorted(ids, key=lambda id_: (keyed_uniform(seed, purpose, id_), id_))


def content_key(*parts: Any, length: int = 16) -> str:
    """Return the first ``length`` hex digits of the SHA-256 of ``parts`` as canonical JSON."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:length]
