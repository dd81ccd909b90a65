"""Files that parameters name: what is in them counts, not where they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any


def params_key(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a selector's parameters determines results: of a file what is in it."""
    return {
        name: {"sha256": file_digest(value)} if isinstance(value, Path) else value
        for name, value in params.items()
    }


def params_shown(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as records say them: a file by name and content, not by where it lies."""
    return {
        name: f"{value.name} (sha256 {file_digest(value)[:16]})"
        if isinstance(value, Path)
        else value
        for name, value in params.items()
    }


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, read once for as long as it isn't written again."""
    try:
        facts = path.stat()
    except OSError:
        return "gone"
    return _digest(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=256)
def _digest(path: Path, changed: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
