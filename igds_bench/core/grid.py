"""Cells: the coordinates of one run of the grid."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from igds_bench.core.names import path_name

TARGET_ONLY = "target-only"
REFERENCES = ("base", "full", "oracle", TARGET_ONLY)
"""Rows of every table that are no contenders: untuned, whole pool, best sources first, and trained
on the target samples alone (prior and dev)."""


class Cell(BaseModel):
    """One place in the grid; None where a coordinate doesn't apply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["contender", "reference"]
    selector: str
    """Label of the contender (its name unless the config gives another), or the reference."""
    model: str
    task: str
    saes: str | None = None
    """SAE suite, for selectors that use one."""
    budget: str | None = None
    """Label such as ``25%``; None for ``base`` and ``full``."""
    selection_seed: int | None = None
    training_seed: int | None = None

    @property
    def id(self) -> str:
        """A readable name that is unique in a grid and safe as a file name."""
        seeds = [("s", self.selection_seed), ("t", self.training_seed)]
        drawn = [f"{letter}{seed}" for letter, seed in seeds if seed is not None]
        return path_name(self.task, self.model, self.selector, self.saes, self.budget, *drawn)
