"""Numbers and names as the payload holds them, rounded to what is shown, never NaN; its JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from typing_extensions import TypedDict

from igds_bench.core.names import path_name


class Estimate(TypedDict):
    """A number with the ends of its interval; what is None is not known."""

    value: float | None
    low: float | None
    high: float | None


def estimate(
    value: float | None, low: float | None, high: float | None, digits: int = 2
) -> Estimate:
    """Return a number and its interval, rounded to some decimals."""
    return {
        "value": short(value, digits),
        "low": short(low, digits),
        "high": short(high, digits),
    }


def rounded(value: float, digits: int = 2) -> float:
    """Return a number that is finite, as admitted scores are, rounded to some decimals."""
    return round(float(value), digits)


def short(value: float | None, digits: int = 2) -> float | None:
    """Return a number rounded to some decimals; None for what is no finite number."""
    if value is None or not math.isfinite(value):
        return None
    return rounded(value, digits)


def significant(value: float | None, digits: int = 4) -> float | None:
    """Return a number rounded to some significant digits; None for what is no finite number."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{float(value):.{digits}g}")


def shorts(values: Iterable[float | None], digits: int = 2) -> list[float | None]:
    """Return rounded numbers."""
    return [short(value, digits) for value in values]


def name_of(task: str, model: str) -> str:
    """Return the name of a task and model that is safe in files and addresses."""
    return path_name(task, model)


def script_json(value: Any) -> str:
    """Return JSON that can stand inside a ``<script>``: no text in it can end the element."""
    shown = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        shown = shown.replace(sign, f"\\u{ord(sign):04x}")
    return shown
