"""Where a task's rows are from, as a spec declares it and a record keeps it."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class DataSource:
    """A data set or a file that splits of a task are read from, with its licence."""

    name: str
    """``owner/name:config`` of a hub data set, or a file's name."""
    splits: tuple[str, ...]
    """The task's splits that come from it."""
    licence: str = ""
    """As its publisher names it; empty where nobody has said."""
    homepage: str = ""
    revision: str | None = None
    """Commit of a hub data set: the pinned one, and in a record the one that was read."""
    kind: Literal["hub", "copy", "file", "package"] = "file"
    """``copy`` is a local copy of a hub data set; ``package`` comes with the task itself."""
