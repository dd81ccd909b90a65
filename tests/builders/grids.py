"""Grids on the embedded model that are as small as can be, and a plugin that fails."""

from igds_bench.config import parse_config

PLUGIN = """
from dataclasses import dataclass
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.plugin import hookimpl

@dataclass(frozen=True)
class Wrong:
    how: str = "fails"
    def rank(self, pool, context):
        if self.how == "greedy":
            return context.token_counts(pool)
        if self.how == "short":
            return Ranking(pool.ids[:1])
        raise RuntimeError("on purpose")

seen = []

@hookimpl
def igds_register_selectors():
    return [SelectorSpec(name="wrong", build=Wrong, summary="s")]

@hookimpl
def igds_cell_finished(cell, record):
    import pathlib
    with open(pathlib.Path(__file__).with_suffix(".log"), "a") as log:
        log.write(f"{cell.id} {record.status}\\n")
    raise RuntimeError("an observer that fails")
"""


def grid(**changes):
    """Return the smallest grid, with other values for what is named."""
    return parse_config(
        {
            "name": "t",
            "models": ["tiny"],
            "tasks": ["tiny-math"],
            "selectors": ["random"],
            "budgets": ["2%"],
            "references": ["base"],
            "train": {"sft": {"max_steps": 2, "learning_rate": 1e-3}},
            "evaluation": {"limit": 8},
            "amplification": {
                "delta": "log-likelihood",
                "m_dev": 8,
                "n_prior": 20,
                "null_directions": 2,
            },
            "threads": 1,
            **changes,
        }
    )


PLACEBO = {"name": "shuffled-scores", "params": {"of": "igds"}}


def controlled(**changes):
    """Return a grid of igds and its placebo on two tasks, with explanations."""
    wanted = {
        "tasks": ["tiny-math", "tiny-translation"],
        "selectors": ["igds", PLACEBO],
        "explain": {"features": 1, "multipliers": [1], "prior_sets": 2, "words": 2},
    }
    return grid(**{**wanted, **changes})
