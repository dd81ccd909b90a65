"""Rank by a score that somebody else has given: a judge, a reward model, a published table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from igds_bench.builtin.selectors.given.missing import (
    Missing,
    by_id,
    by_row,
    check_found,
    told,
    without_score,
)
from igds_bench.builtin.selectors.given.scores import Scores
from igds_bench.builtin.selectors.given.values import number_of
from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec


@dataclass(frozen=True)
class Column:
    """Rank by a field of the rows, or by a file of scores beside the pool.

    Numbers may be text, as in CSV files. Null, NaN and blank ones are missing; anything else that
    is no finite number is refused with its place. Equal scores are put in order by the seed.
    """

    field: str | None = None
    """Field that holds the score, of the rows or of the file; dots lead into objects, such as
    ``QA_scores.Clarity``. None takes ``score``, or ``_score`` of a file."""
    file: Path | None = None
    """Rows with an id and a score each (JSONL, JSON, CSV, TSV, Parquet, also ``.gz``, ``.zst``)."""
    id: str | None = None
    """Field of the file that says which row is meant; None takes ``_id`` or ``id``."""
    by: str | None = None
    """What of the pool's rows the file's ids name: a field of theirs, or ``_row`` for positions
    from 0; None is their content ids, as ``select`` writes them."""
    direction: Literal["highest", "lowest"] = "highest"
    """Which scores come first."""
    missing: Missing = "last"
    """What becomes of rows without a score: ``last``, ``drop`` or ``refuse``."""

    def __post_init__(self) -> None:
        self._given()

    def _given(self) -> Scores:
        return Scores(self.field, self.file, self.id, self.by)

    def fields(self) -> tuple[str, ...]:
        """Return the fields of the rows that it reads."""
        return self._given().fields()

    def check_pool(self, pool: Pool, limit: int) -> None:
        """Refuse a pool that can't be ranked, before anything runs.

        Raises:
            DataError: says what is wrong, where, and the fix.
        """
        found = self._given().of(pool, number_of, by_row(pool))
        check_found(found, pool, self.missing, limit)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by score, and those without one as ``missing`` says.

        Raises:
            DataError: a row has no score and all must have one.
        """
        found = self._given().of(pool, number_of, by_id(pool))
        last = without_score(pool, found, self.missing, context.seed)
        highest = self.direction == "highest"
        ranked = Ranking.by_score(found.scores, context.seed, higher_is_better=highest)
        return Ranking(
            (*ranked.ids, *last),
            {**ranked.scores, **dict.fromkeys(last, math.nan)},
            highest,
            told(pool, found),
            last,
        )


SPEC = SelectorSpec(
    name="column",
    build=Column,
    summary="A score that somebody else has given: a field of the rows, or a file.",
)
