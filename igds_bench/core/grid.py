"""Cells: the coordinates of one run of the grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from igds_bench.core.names import path_name
from igds_bench.core.specs import SelectorSpec

BASE = "base"
FULL = "full"
ORACLE = "oracle"
TARGET_ONLY = "target-only"
REFERENCES = (BASE, FULL, ORACLE, TARGET_ONLY)
"""Rows of every table that are no contenders: untuned, whole pool, best sources first, and trained
on the target samples alone (prior and dev)."""
POOL_SHARES: Mapping[str, float] = {BASE: 0.0, FULL: 1.0, TARGET_ONLY: 0.0}
"""References without a budget, in the order they are shown -> share of the pool that they see."""

Role = Literal["contender", "baseline", "control", "placebo", "reference"]
"""What a cell is for: a contender is set against the baseline and ranked, as is the baseline among
them; a control is set against the baseline and not ranked; a placebo is a control that ought to be
no better than chance; a reference is only shown."""


class Cell(BaseModel):
    """One place in the grid; None where a coordinate doesn't apply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
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
    def kind(self) -> Literal["contender", "reference"]:
        """``reference``, or ``contender`` for every cell that a selector chose for."""
        return "reference" if self.role == "reference" else "contender"

    @property
    def id(self) -> str:
        """A readable name that is unique in a grid and safe as a file name."""
        seeds = [("s", self.selection_seed), ("t", self.training_seed)]
        drawn = [f"{letter}{seed}" for letter, seed in seeds if seed is not None]
        return path_name(self.task, self.model, self.selector, self.saes, self.budget, *drawn)


def baseline_of(specs: Mapping[str, SelectorSpec], declared: str | None = None) -> str:
    """Return the label of the contender that the others are set against, or nothing.

    It is the one that the grid declares; else the entry that goes by a baseline's own name; else
    the first whose selector is a baseline.

    Args:
        specs: of a grid's contenders by label, in their order.
        declared: the grid's ``baseline``.
    """
    if declared is not None:
        return declared
    found = [label for label, spec in specs.items() if spec.baseline]
    own_name = [label for label in found if label == specs[label].name]
    return [*own_name, *found, ""][0]
