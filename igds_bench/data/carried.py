"""The fields of a row as JSON text and back, with the values that JSON has no way to write."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

MARK = "\x00type"
"""Key of an object that stands for such a value; no field of a file is called so."""
TYPES: Mapping[type, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    datetime: (datetime.isoformat, datetime.fromisoformat),
    date: (date.isoformat, date.fromisoformat),
    time: (time.isoformat, time.fromisoformat),
    timedelta: (
        lambda span: [span.days, span.seconds, span.microseconds],
        lambda parts: timedelta(*parts),
    ),
    Decimal: (str, Decimal),
    bytes: (lambda raw: base64.b64encode(raw).decode("ascii"), base64.b64decode),
}
"""To JSON and from it, by type; a datetime is no date here."""
_NAMES = {kind.__name__: kind for kind in TYPES}


def dump(fields: Mapping[str, Any]) -> str:
    """Return a row's fields as text; what no type of ``TYPES`` is becomes text itself."""
    return json.dumps(dict(fields), default=_shown)


def load(text: str) -> dict[str, Any]:
    """Return the fields that ``dump`` wrote, each value of the type that it had."""
    found: dict[str, Any] = json.loads(text, object_hook=_read)
    return found


def _shown(value: Any) -> Any:
    kind = next((kind for kind in TYPES if isinstance(value, kind)), None)
    if kind is None:
        return str(value)
    return {MARK: kind.__name__, "value": TYPES[kind][0](value)}


def _read(found: dict[str, Any]) -> Any:
    if MARK not in found:
        return found
    return TYPES[_NAMES[found[MARK]]][1](found["value"])
