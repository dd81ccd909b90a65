"""Read the scores that somebody else has given: a field of the pool's rows, or a file beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

from igds_bench.builtin.selectors.given.values import id_of, paths_of, tops_of, value_at
from igds_bench.core.data import ROW, Example, Pool
from igds_bench.data.read import iter_file
from igds_bench.errors import DataError, nearest

T = TypeVar("T")
HEAD = 1000
"""Rows that are looked at to know which fields there are."""
IDS = ("_id", "id")
"""Fields of a file that name a row, where none is said; the first is that of ``--scores``."""
SCORES = ("score", "_score")
"""Likewise those that hold the score."""


@dataclass(frozen=True)
class Found(Generic[T]):
    """The scores of a pool's rows."""

    scores: Mapping[str, T]
    """By the example's id; rows without one are missing."""
    asked: str
    """Where they were looked for, for messages."""
    none: Callable[[], str]
    """Says why there may be none at all."""
    other: int = 0
    """Scores of the file that are of no row of the pool."""


@dataclass(frozen=True)
class Scores:
    """Where scores stand.

    Args:
        field: that holds them, of the rows or of the file; dots lead into objects. None takes
            ``score``, or ``_score`` of a file.
        file: rows that have an id and a score each; None looks at the pool's own rows.
        id: field of the file that says which row is meant; None takes ``_id`` or ``id``.
        by: what of the pool's rows the file's ids name: a field of theirs, or ``_row`` for their
            positions from 0; None is their content ids, the ``_id`` of what is written.

    Raises:
        ValueError: ``id`` or ``by`` is given without a file.
    """

    field: str | None
    file: Path | None = None
    id: str | None = None
    by: str | None = None

    def __post_init__(self) -> None:
        if self.file is None and (self.id or self.by):
            name = "id" if self.id else "by"
            raise ValueError(f"`{name}` says which row a file means: name the file as well.")

    def fields(self) -> tuple[str, ...]:
        """Return the fields of the pool's rows that are looked at."""
        if self.file is None:
            return tops_of(self.field or SCORES[0])
        return (ROW,) if self.by == ROW else tops_of(self.by) if self.by else ()

    def of(
        self, pool: Pool, parse: Callable[[Any], T | None], place: Callable[[Example], str]
    ) -> Found[T]:
        """Return the scores of a pool's rows, reading the file row by row.

        Args:
            pool: whose rows are meant.
            parse: makes a score of a value, None of one that is missing; ValueError says why it
                can't.
            place: says in a message which row is meant.

        Raises:
            DataError: a value is no score, a file has no such fields, or gives a row two scores.
        """
        if self.file is not None:
            return _InFile(self.file, self, parse).of(pool)
        path, scores = self.field or SCORES[0], {}
        for example in pool:
            found = value_at(example.metadata, path)
            value = _parsed(found, parse, partial(place, example), path)
            if value is not None:
                scores[example.id] = value
        asked = f"the field `{path}`"
        return Found(scores, asked, lambda: _absent(pool.name, path, _fields_of(pool)))


def _fields_of(pool: Pool) -> list[str]:
    return paths_of(example.metadata for example in islice(pool, HEAD))


def _parsed(
    value: Any, parse: Callable[[Any], T | None], place: Callable[[], str], path: str
) -> T | None:
    try:
        return parse(value)
    except ValueError as error:
        raise DataError(f"{place()}, field `{path}` {error}") from None


def _absent(name: str, path: str, known: list[str]) -> str:
    if path in known:
        return f"{name}: no row has a number in `{path}`: name another field by `field`."
    return (
        f"{name}: no row has a field `{path}`.{nearest(path, known)} There are "
        f"{', '.join(f'`{each}`' for each in known) or 'none'}."
    )


@dataclass
class _InFile(Generic[T]):
    """A file of scores, while it is read."""

    file: Path
    given: Scores
    parse: Callable[[Any], T | None]
    _seen: dict[str, tuple[T | None, int]] = field(default_factory=dict)
    """Score and row number by the id in the file, of rows of the pool."""
    _first: str = ""
    _rows: int = 0
    _other: int = 0

    def of(self, pool: Pool) -> Found[T]:
        """Return the scores of a pool's rows."""
        keys = self._keys(pool)
        wanted = set(keys.values())
        id_field, path = self._columns()
        for number, key, value in self._pairs(id_field, path):
            self._take(number, key, value, key in wanted, path)
        scores = {}
        for id_, key in keys.items():
            value = self._seen.get(key, (None, 0))[0]
            if value is not None:
                scores[id_] = value
        return Found(
            scores,
            f"{self.file.name}, field `{path}`",
            lambda: self._none(id_field, path, keys),
            self._other,
        )

    def _keys(self, pool: Pool) -> dict[str, str]:
        """Return what the file calls each row, by the example's id; rows without are left out."""
        by = self.given.by
        if by is None:
            return {id_: id_ for id_ in pool.ids}
        found = {e.id: id_of(e.row if by == ROW else value_at(e.metadata, by)) for e in pool}
        return {id_: key for id_, key in found.items() if key is not None}

    def _columns(self) -> tuple[str, str]:
        """Return the file's fields of ids and of scores.

        Raises:
            DataError: there are none, or it is not clear which.
        """
        head = list(islice(iter_file(self.file), HEAD))
        if not head:
            raise DataError(f"{self.file} is empty: it holds no scores.")
        known = [*dict.fromkeys((*(name for row in head for name in row), *paths_of(head)))]
        by = self.given.by
        ids = (self.given.id,) if self.given.id else (by, "id") if by else IDS
        id_field = next((name for name in ids if name in known), None)
        if id_field is None:
            raise DataError(
                f"{self.file}: no field {' or '.join(f'`{name}`' for name in ids)} says which row "
                f"is meant.{nearest(str(ids[0]), known)} It has "
                f"{', '.join(f'`{name}`' for name in known)}: name one by `id`."
            )
        if self.given.field is not None:
            return id_field, self.given.field
        there = [name for name in SCORES if name in known]
        if len(there) != 1:
            both = "`score` and `_score` are both" if there else "neither `score` nor `_score` is"
            raise DataError(
                f"{self.file}: {both} there: name the field that holds the score by `field`. It "
                f"has {', '.join(f'`{path}`' for path in paths_of(head))}."
            )
        return id_field, there[0]

    def _pairs(self, id_field: str, path: str) -> Iterator[tuple[int, str, Any]]:
        """Yield row number, id and value of every row; of Parquet only those columns are read.

        Raises:
            DataError: a row has no id.
        """
        columns = (*tops_of(id_field), *tops_of(path))
        for number, row in enumerate(iter_file(self.file, columns=columns), start=1):
            key = id_of(value_at(row, id_field))
            if key is None:
                raise DataError(f"{self.file}: row {number} has no `{id_field}`.")
            yield number, key, value_at(row, path)

    def _take(self, number: int, key: str, value: Any, wanted: bool, path: str) -> None:
        """Keep the score of a row that is in the pool.

        Raises:
            DataError: it is no score, or another than an earlier row gives.
        """
        self._rows, self._first = number, self._first or key
        score = _parsed(value, self.parse, lambda: f"{self.file}: row {number}", path)
        if not wanted:
            self._other += 1
            return
        before, line = self._seen.setdefault(key, (score, number))
        if before != score:
            raise DataError(
                f"{self.file}: rows {line} and {number} give {key!r} two scores ({before} and "
                f"{score}): leave one out."
            )

    def _none(self, id_field: str, path: str, keys: Mapping[str, str]) -> str:
        """Say why no row of the pool has a score."""
        if self._seen:
            known = paths_of(islice(iter_file(self.file), HEAD))
            return _absent(str(self.file), path, known)
        by = self.given.by
        what = f"their `{by}`" if by else "their content ids (`_id` in what is written)"
        example = next(iter(keys.values()), None)
        shown = f", such as {example!r}" if example else ", which they lack"
        return (
            f"{self.file}: none of its {self._rows} rows is of the pool. Its `{id_field}`, such as "
            f"{self._first!r}, is compared with {what}{shown}: name another field of the pool by "
            "`by`, or `_row` for positions from 0, and the file's by `id`."
        )
