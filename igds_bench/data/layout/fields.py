"""The fields that rows have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from igds_bench.errors import DataError, nearest


def check_fields(asked: Iterable[str], known: Sequence[str], name: str) -> None:
    """Refuse the name of a field that rows don't have.

    ``translation.en`` is the part ``en`` of the object in ``translation``.

    Raises:
        DataError: names it, the nearest one and those that there are.
    """
    for column in asked:
        if column not in known and column.partition(".")[0] not in known:
            raise DataError(
                f"{name}: rows have no field '{column}'.{nearest(column, known)} They have "
                f"{', '.join(f'`{c}`' for c in known)}."
            )


def fields_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the fields of rows, in the order of their first appearance."""
    return list(dict.fromkeys(column for row in rows for column in row))


def is_filled(value: Any) -> bool:
    """Return whether a value is neither null nor blank."""
    return value is not None and str(value).strip() != ""


def value_of(row: Mapping[str, Any], field: str) -> Any:
    """Return a field of a row, or a part of an object in it, such as ``translation.en``."""
    if field in row:
        return row[field]
    name, dot, rest = field.partition(".")
    inside = row.get(name) if dot else None
    return value_of(inside, rest) if isinstance(inside, Mapping) else None
