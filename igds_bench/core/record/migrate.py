"""Bring records of older schema versions to today's: one pure function per version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from igds_bench.core.record.from_1 import from_1

Json = dict[str, Any]

STEPS: Mapping[int, Callable[[Json], Json]] = {1: from_1}
"""Schema version -> what makes the next one of it."""


def migrated(data: Json, wanted: int) -> Json:
    """Return a record's JSON in another schema version; what it was given stays as it is.

    Args:
        data: with a ``schema_version`` that is no newer than ``wanted``. What is no record of its
            version comes out as something that validation refuses.
        wanted: a schema version.
    """
    while data["schema_version"] < wanted:
        version = data["schema_version"]
        data = {**STEPS[version](data), "schema_version": version + 1}
    return data
