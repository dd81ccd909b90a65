"""Examples from rows whose fields are texts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from numbers import Number
from typing import Any

from igds_bench.core.data import Example, Turn, example_id
from igds_bench.core.specs import TaskSpec
from igds_bench.data.layout.fields import is_filled, value_of
from igds_bench.data.layout.shapes import Layout
from igds_bench.data.layout.template import Template
from igds_bench.errors import DataError

TEXTS = (str, Number, date, time, timedelta)
"""Types that are shown as text; lists and the like never are."""


class FieldReader:
    """Renders rows with a layout's templates, and counts those that lack a field.

    Args:
        layout: which fields are prompt and response.
        task: says how they are joined, and whether they are turns of a chat.
        name: of the pool, for messages.
        place: says where the row at a position stands.
    """

    def __init__(
        self, layout: Layout, task: TaskSpec, name: str, place: Callable[[int], str]
    ) -> None:
        self._layout, self._task, self._name, self._place = layout, task, name, place
        self._rows = 0
        self._empty: Counter[str] = Counter()
        self._faults: list[int] = []
        self._first: Mapping[str, Any] = {}

    def example(self, row: Mapping[str, Any], position: int, source: str) -> Example | None:
        """Return the row's example; None, and a fault noted, where it lacks a field.

        Raises:
            DataError: a value is no text.
        """
        self._rows += 1
        layout = self._layout
        if not all(is_filled(value_of(row, column)) for column in layout.required):
            self._first = self._first if self._faults else row
            self._faults.append(position + 1)
            return None
        self._empty.update(c for c in layout.optional if not is_filled(value_of(row, c)))
        prompt = self._text(layout.prompt, row, position)
        response = self._text(layout.response, row, position)
        is_chat = self._task.template == "chat"
        return Example(
            id=example_id(prompt, response),
            prompt=prompt,
            response=response,
            source=source,
            metadata=dict(row),
            row=position,
            turns=(Turn("user", prompt), Turn("assistant", response, True)) if is_chat else (),
            joiner=self._task.joiner,
        )

    def check(self, given: int) -> None:
        """Refuse the pool where rows lack a field.

        Raises:
            DataError: counts them, names the first ones, and says what to do.
        """
        if self._faults:
            raise DataError(self._fault(given))

    def said(self) -> str:
        """Return how the rows were read."""
        optional = set(self._layout.optional)
        columns = [
            f"{column} (empty in {self._empty[column] / max(self._rows, 1):.0%})"
            if column in optional
            else column
            for column in self._layout.shown
        ]
        how = f"{self._layout.called}: " if self._layout.called else ""
        return f"{how}{', '.join(columns)}"

    def _text(self, template: Template, row: Mapping[str, Any], position: int) -> str:
        values = {}
        for found in template.fields:
            column = self._layout.column(found.name)
            value = value_of(row, column)
            if is_filled(value):
                if fault := _no_text(value):
                    raise DataError(f"{self._place(position)}, field `{column}` {fault}")
                values[found.name] = value
        return template.render(values)

    def _fault(self, given: int) -> str:
        numbers = ", ".join(map(str, self._faults[:5])) + (", ..." if len(self._faults) > 5 else "")
        lacking = [c for c in self._layout.required if not is_filled(value_of(self._first, c))]
        present = ", ".join(f"`{key}`" for key in self._first) or "none"
        return (
            f"{self._name}: {len(self._faults)} of {given} rows lack "
            f"{', '.join(f'`{column}`' for column in lacking)} (or it is empty), first in row "
            f"{numbers}. Fields there ({self._place(self._faults[0] - 1)}): {present}. Fill it in, "
            f"leave such rows out with `where`, or make it optional ({{{lacking[0]}?}}) in the "
            "task's template."
        )


def _no_text(value: Any) -> str:
    """Return what is wrong with a value that can't be shown as text; empty where it can."""
    if isinstance(value, (float, Decimal)) and not math.isfinite(value):
        return f"is {value}, which is no text: mend it, or leave such rows out with `where`."
    if isinstance(value, TEXTS):
        return ""
    kind = type(value).__name__
    turns = value if isinstance(value, (list, tuple)) else [value]
    if turns and all(isinstance(turn, Mapping) and _TURN & set(turn) for turn in turns):
        return (
            f"is a {kind} that looks like turns of a chat, where others are text: write turns into "
            "a column of their own, such as `messages`."
        )
    return f"is a {kind}, which is no text: write the text that is meant into a field of its own."


_TURN = frozenset({"role", "from", "content", "value"})
"""Keys of a turn of a chat."""
