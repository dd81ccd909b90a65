"""What simulations with known truth say of the statistics, by number of seeds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def figures() -> Mapping[str, Mapping[str, float]]:
    """Return the worst share over settings, by number of seeds.

    ``interval`` and ``corpus`` are the coverage of verdicts' intervals, ``rank`` and ``band`` that
    of ranks' and curves', and ``false_better`` the share of tables without a true difference that
    call some row better. ``tests/statistics/simulate.py`` writes them.
    """
    text = (resources.files("igds_bench.report") / "coverage.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, float]] = json.loads(text)["seeds"]
    return found


def simulated_note() -> str:
    """Return the sentence that a report says of its own intervals."""
    seeds = list(figures())
    falsest = max(own["false_better"] for own in figures().values())
    return (
        f"On simulated tables whose truth is known, with {_joined(seeds)} seeds, these 95% "
        f"intervals cover at least {_shares('interval')} (corpus metrics: {_shares('corpus')}; "
        f"ranks: {_shares('rank')}; bands of curves: {_shares('band')}), and some row is falsely "
        f"called better in at most {falsest:.1%} of tables."
    )


def _shares(name: str) -> str:
    return _joined([f"{own[name]:.1%}" for own in figures().values()])


def _joined(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
