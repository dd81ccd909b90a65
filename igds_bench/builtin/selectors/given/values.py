"""Scores and ids as they stand in rows and files: numbers, texts that say one, nested fields."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

SHOWN = 40
"""Characters of a value that a message shows."""
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def value_at(row: Mapping[str, Any], path: str) -> Any:
    """Return a field of a row, or of the objects inside it: ``QA_scores.Clarity``.

    A field whose own name has dots in it goes first. None where there is none.
    """
    if path in row:
        return row[path]
    value: Any = row
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def tops_of(path: str) -> tuple[str, ...]:
    """Return the fields of a row that ``value_at`` may look at."""
    return tuple(dict.fromkeys((path, path.split(".", 1)[0])))


def paths_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the fields of rows, and in place of one that holds objects those inside it."""
    found: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            inner = [f"{name}.{path}" for path in paths_of([value])] if _has_fields(value) else []
            found |= dict.fromkeys(inner or [name])
    return list(found)


def _has_fields(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value)


def number_of(value: Any) -> float | None:
    """Return the number that a value is or, as text, says; None where it is missing.

    Null, NaN and blank texts are missing.

    Raises:
        ValueError: it is anything else, infinity among it; says what.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return _number_in(value.strip())
    if isinstance(value, bool) or not isinstance(value, (Real, Decimal)):
        raise ValueError(_no_number(value))
    return _finite(value, value)


def _number_in(text: str) -> float | None:
    if text == "" or text.lower() == "nan":
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError(_no_number(text))
    return _finite(text, text)


def _finite(value: Any, shown: Any) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise ValueError(_no_number(shown))
    return None if math.isnan(number) else number


def _no_number(value: Any) -> str:
    shown = repr(value)
    shown = shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 3]}..."
    return (
        f"is {shown}, which is no finite number: mend it, or leave it empty, which counts as "
        "missing."
    )


def numbers_of(value: Any) -> tuple[float, ...] | None:
    """Return one number, or those of a list with one for each turn; None where one is missing.

    Raises:
        ValueError: something is no finite number; says what.
    """
    several = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
    found = [number_of(each) for each in (value if several else [value])]
    numbers = tuple(number for number in found if number is not None)
    return numbers if numbers and len(numbers) == len(found) else None


def id_of(value: Any) -> str | None:
    """Return an id as text, so that 17, 17.0 and "17" are one; None where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) or None
