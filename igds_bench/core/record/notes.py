"""What is typed of a ranking's notes: the facts that the harness and reports read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, StrictBool, StrictInt, StrictStr, ValidationError

from igds_bench.core.record.part import Part


class Filtering(Part):
    """What the filters in front of a selector did; rejected rows come last in the ranking."""

    filtered: StrictInt
    """Rows that were rejected."""
    kept: StrictInt
    backfilled: StrictInt = 0
    """Rejected rows that were chosen all the same: the budget asks for more than is kept."""


class MatchedDraw(Part):
    """What a draw has in common with another contender's selection."""

    control: StrictStr
    """Registered name of the control that drew."""
    of: StrictStr
    """Label of the contender that is matched."""
    by: StrictStr
    """What is equal: ``tokens``, ``length`` or ``compute``."""


class FeatureUse(Part):
    """The SAE features that a pool was scored with, and how far to trust them."""

    features: list[StrictStr]
    """As ``L<layer>/<index>``, the first 20."""
    feature_count: StrictInt | None = None
    """Likewise the next, None in records older than the field."""
    zero_share: float | None = Field(None, strict=True)
    """Share of the pool with a score of 0."""
    best_beats_null: StrictBool | None = None
    """Whether the best candidate's Delta exceeds every random direction's; None without any."""
    a_feature_helps: StrictBool | None = None
    """Whether any candidate has a Delta above 0."""
    split_half_reliability: float | None = Field(None, strict=True)
    """Spearman correlation of the Deltas of two halves of dev."""


PARTS: Mapping[str, type[Part]] = {
    "filtering": Filtering,
    "matched": MatchedDraw,
    "features": FeatureUse,
}
"""Field of a selection's summary -> what it holds; notes carry its fields by the same names."""


def typed_notes(notes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a selection's summary that notes tell; ``notes`` is what is left.

    A selector's own note may have any name: one that does not have the form of a part stays what
    it is.
    """
    left, found = dict(notes), {}
    for name, part in PARTS.items():
        own = {field: left[field] for field in part.model_fields if field in left}
        try:
            found[name] = part.model_validate(own).model_dump()
        except ValidationError:
            continue
        left = {field: value for field, value in left.items() if field not in own}
    if type(left.get("clean_supply")) is int:
        found["clean_supply"] = left.pop("clean_supply")
    return {**found, "notes": left}
