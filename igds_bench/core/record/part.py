"""What every part of a record is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of a record: nothing in it is unknown, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
