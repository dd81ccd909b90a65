"""What becomes of rows that nobody has given a score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from igds_bench.builtin.selectors.given.scores import Found
from igds_bench.core.data import Example, Pool
from igds_bench.core.seeding import keyed_order
from igds_bench.errors import DataError

Missing: TypeAlias = Literal["last", "drop", "refuse"]
"""``last``: they come last, in seeded order. ``drop``: they are never chosen, and a budget that
would need them is refused. ``refuse``: there may be none."""


def by_row(pool: Pool) -> Callable[[Example], str]:
    """Return what calls a row by its place in the file, for a pool as it was read."""
    return lambda example: f"{pool.name}: row {example.row + 1}"


def by_id(pool: Pool) -> Callable[[Example], str]:
    """Return what calls a row by its id, for a pool that hides where rows stand."""
    return lambda example: f"{pool.name}: the row {example.id}"


def check_found(found: Found[Any], pool: Pool, missing: Missing, limit: int) -> None:
    """Refuse a pool that can't be ranked by what was found.

    Args:
        found: the scores.
        pool: as it was read.
        missing: what is asked to become of rows without a score.
        limit: the largest number of examples that any budget asks for.

    Raises:
        DataError: no row has a score; any lacks one and may not; or too few have one.
    """
    if not found.scores:
        raise DataError(found.none())
    lacking = [example for example in pool if example.id not in found.scores]
    if not lacking:
        return
    said = (
        f"{len(lacking)} of {len(pool)} rows have no score in {found.asked}, first "
        f"{by_row(pool)(lacking[0])}"
    )
    if missing == "refuse":
        raise DataError(f"{said}, and `missing: refuse` allows none: `last` takes them last.")
    if missing == "drop" and len(found.scores) < limit:
        raise DataError(
            f"{said}, which `missing: drop` leaves out, and the largest budget asks for {limit} "
            f"rows: ask for {len(found.scores)} or fewer, or let such rows come last "
            "(`missing: last`)."
        )


def without_score(pool: Pool, found: Found[Any], missing: Missing, seed: int) -> dict[str, str]:
    """Return the reason by id of the rows that come last for want of a score, in their order.

    Raises:
        DataError: there may be none.
    """
    lacking = [id_ for id_ in pool.ids if id_ not in found.scores]
    if lacking and missing == "refuse":
        raise DataError(
            f"{len(lacking)} of {len(pool)} rows have no score in {found.asked}, and "
            "`missing: refuse` allows none."
        )
    last = keyed_order(lacking, seed, "missing") if missing == "last" else []
    return dict.fromkeys(last, f"no score in {found.asked}")


def told(pool: Pool, found: Found[Any]) -> dict[str, int]:
    """Return what a ranking's notes say of the scores: rows without one, scores without a row."""
    notes = {"missing": len(pool) - len(found.scores)}
    return notes | ({"scores of no row": found.other} if found.other else {})
