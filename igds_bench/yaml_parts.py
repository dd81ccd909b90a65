"""What grid files and task files share: parts with known keys only, and names that are checked."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from igds_bench.core.names import check_name


class Section(BaseModel):
    """A part of a YAML file, in which no key is unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    short: ClassVar[str] = ""
    """Key that a text stands for where it is given instead of a mapping; none if empty."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {cls.short: value} if cls.short and isinstance(value, str) else value


def valid_name(kind: str, text: str) -> str:
    """Return a name that ``check_name`` takes.

    Raises:
        ValueError: it can't be a name; pydantic says so with the key's place.
    """
    return check_name(kind, text, error=ValueError)
