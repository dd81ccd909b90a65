"""What a grid's verdicts can find, given a spread from records or a declared one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

from igds_bench.config import BenchConfig, SelectorEntry
from igds_bench.core.grid import baseline_of
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import ConfigError
from igds_bench.report.board.leaderboard import Leaderboard, build_leaderboard
from igds_bench.report.board.spread import spread_of
from igds_bench.report.statistics.power import LEVEL, AtLevel, Spread, at_level

FEWEST = 3
"""Seeds on either side that a verdict needs."""


@dataclass(frozen=True)
class Declared:
    """A spread that is assumed where no records tell it."""

    seed_sd: float
    """Points; of one seed of a row, and of one draw of the baseline."""
    example_sd: float
    """Points; over test examples, of the difference of two rows."""
    examples: int

    def check(self) -> None:
        """Refuse values that are no spread.

        Raises:
            ConfigError: names the option and what it may be.
        """
        for option, value in (("--seed-sd", self.seed_sd), ("--example-sd", self.example_sd)):
            if not (math.isfinite(value) and value > 0):
                raise ConfigError(f"{option} is {value:g}: give a number of points above 0.")
        if self.examples < 2:
            raise ConfigError(f"--examples is {self.examples}: give 2 test examples or more.")


@dataclass(frozen=True)
class Outlook:
    """What one model and task of a grid can find."""

    model: str
    task: str
    source: str
    """Where the spread is from."""
    units: tuple[int, int]
    """Independent units of most rows, and of the baseline."""
    examples: int
    baseline: str
    """Label that the others are set against."""
    family: int
    """Comparisons that Holm's correction is over."""
    spread: Spread
    at: tuple[AtLevel, AtLevel]
    """At the 5% level, and at that divided by the family."""


def outlooks(
    grid: BenchConfig,
    specs: Mapping[str, SelectorSpec],
    effect: float,
    declared: Declared,
    folders: Sequence[Path],
) -> list[Outlook]:
    """Return the outlook of every model and task of a grid.

    Args:
        grid: tells seeds and the number of comparisons.
        specs: of the grid's selectors, by label.
        effect: difference to be found, in points.
        declared: the spread of models and tasks that no record tells of.
        folders: runs or leaderboards to take the spread from.

    Raises:
        ConfigError: the effect or a declared number is not above 0, or the grid can't give a
            verdict at all.
    """
    if not (math.isfinite(effect) and effect > 0):
        raise ConfigError(f"--effect is {effect:g}: give a number of points above 0.")
    declared.check()
    baseline, units, family = design(grid, specs)
    board = build_leaderboard(list(folders), grid.plugins) if folders else Leaderboard("")
    found = []
    for model, task in ((m, t) for m in grid.models for t in grid.tasks):
        known = _known(board, model, task)
        spread, examples, source = known or (
            Spread(declared.seed_sd**2, declared.seed_sd**2, declared.example_sd**2, 0.0),
            declared.examples,
            f"the declared spread, {declared.seed_sd:g} points over seeds and "
            f"{declared.example_sd:g} over {declared.examples:,} test examples",
        )
        at = tuple(at_level(effect, spread, units, examples, LEVEL / k) for k in (1, family))
        both = at[0], at[1]
        found.append(Outlook(model, task, source, units, examples, baseline, family, spread, both))
    return found


def design(
    grid: BenchConfig, specs: Mapping[str, SelectorSpec]
) -> tuple[str, tuple[int, int], int]:
    """Return the baseline, the units of most rows and of it, and the number of comparisons with it.

    Raises:
        ConfigError: there is no baseline, nothing besides it, or too few seeds.
    """
    baseline = baseline_of(specs, grid.baseline)
    against = [entry for entry in grid.selectors if entry.title == baseline]
    others = [entry for entry in grid.selectors if entry.title != baseline]
    if not against or not others:
        missing = f"a selector besides `{baseline}`" if against else "one that draws at random"
        raise ConfigError(
            f"{grid.name}: no comparison with a baseline: add {missing} to `selectors`."
        )

    def units(entry: SelectorEntry) -> int:
        if specs[entry.title].deterministic:
            return len(entry.training_seeds or grid.training_seeds)
        return len(entry.selection_seeds or grid.selection_seeds)

    counts = [units(entry) for entry in (*against, *others)]
    both = median_low(counts[1:]), counts[0]
    if min(both) < FEWEST:
        raise ConfigError(
            f"{grid.name}: most rows have {both[0]} seed(s), {baseline} has {both[1]} draw(s); "
            f"below {FEWEST} there is no verdict, whatever the power: list {FEWEST} or more "
            "`training_seeds` and `selection_seeds`."
        )
    return baseline, both, sum(len(entry.budgets or grid.budgets) for entry in others)


def _known(board: Leaderboard, model: str, task: str) -> tuple[Spread, int, str] | None:
    """Return what records tell of a model and task: spread, test examples, and in words."""
    name = Path(task).stem if task.endswith((".yaml", ".yml")) else task
    for part in board.boards:
        spread = spread_of(part) if (part.model, part.task) == (model, name) else None
        if spread is None:
            continue
        verdicts = [row.verdict for row in part.rows if row.verdict and row.verdict.parts]
        if spread.row + spread.random + spread.examples + spread.residual == 0:
            continue
        return (
            spread,
            verdicts[0].examples,
            f"the spread of {len(verdicts)} comparisons at hand, {spread.row**0.5:.1f} points over "
            f"seeds of a row, {spread.random**0.5:.1f} over draws of {part.against}, "
            f"{spread.examples**0.5:.1f} over test examples and {spread.residual**0.5:.1f} over "
            "seeds x examples",
        )
    return None
