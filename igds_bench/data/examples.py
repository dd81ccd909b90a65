"""Render rows into examples, all rows of a pool in one way."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from numbers import Number
from typing import Any

from igds_bench.core.data import Example, Pool, example_id
from igds_bench.core.specs import TaskSpec
from igds_bench.data.layout.choose import Reading, choose_layout, own_name
from igds_bench.data.layout.fields import check_fields, fields_of, is_filled
from igds_bench.data.layout.shapes import Layout
from igds_bench.data.layout.template import Template, parse_template
from igds_bench.data.layout.where import parse_where
from igds_bench.errors import DataError

HEAD = 1000
"""Rows that are looked at to choose how a pool is read."""
TEXTS = (str, Number, date, time, timedelta)
"""Types that are shown as text; lists and the like never are."""


def template_fields(template: str) -> tuple[str, ...]:
    """Return the names of the fields that a template asks for.

    Raises:
        DataError: it is none.
    """
    return tuple(found.name for found in parse_template(template).fields)


def to_examples(
    rows: Iterable[Mapping[str, Any]], task: TaskSpec, name: str, reading: Reading | None = None
) -> Pool:
    """Render rows with the task's template, or from their own columns.

    Args:
        rows: the rows, in file order.
        task: gives the template.
        name: shown in messages, such as the file's path.
        reading: what the user says of the rows.

    Raises:
        DataError: counts the rows with a missing or empty field and names the first ones.
    """
    return Pool.from_rows(RowReader(task, name, reading).examples(rows), name)


class RowReader:
    """Turns the rows of one pool into examples, and can say afterwards how.

    Args:
        task: gives the template.
        name: of the pool, for messages.
        reading: what the user says of the rows.
        place: says in a message where the row at a position stands.

    Raises:
        DataError: the filter expression is none.
    """

    def __init__(
        self,
        task: TaskSpec,
        name: str,
        reading: Reading | None = None,
        place: Callable[[int], str] | None = None,
    ) -> None:
        self._task, self._name = task, name
        self._place = place or (lambda position: f"{name}: row {position + 1}")
        self._reading = reading or Reading()
        self._where = parse_where(self._reading.where) if self._reading.where else None
        self._layout: Layout | None = None
        self._given = self._kept = 0
        self._empty: Counter[str] = Counter()
        self._faults: list[int] = []
        self._first: Mapping[str, Any] = {}

    def examples(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Example]:
        """Yield one example per row that passes the filter.

        Raises:
            DataError: nothing fits the rows, a value is no text, none passes; and, after the last
                row, where any has a missing or empty field.
        """
        stream = iter(rows)
        head = list(islice(stream, HEAD))
        if not head:
            return
        self._layout = choose_layout(self._task, head, self._reading, self._name)
        self._check_fields(head)
        for position, row in enumerate(chain(head, stream)):
            self._given += 1
            if self._where and not self._where.keeps(row, partial(self._place, position)):
                continue
            self._kept += 1
            example = self._example(row, position, self._layout)
            if example is not None:
                yield example
        if self._faults:
            raise DataError(self._fault(self._layout))
        if not self._kept:
            raise DataError(f"{self._name}: none of {self._given} rows passes `where`.")

    @property
    def by_template(self) -> bool:
        """Whether the rows had the fields of the task's template."""
        return self._layout is not None and self._layout.called == own_name(self._task)

    def said(self) -> str:
        """Return in one line how the pool was read; empty before any row was."""
        if self._layout is None:
            return ""
        optional = set(self._layout.optional)
        columns = [
            f"{column} (empty in {self._empty[column] / max(self._kept, 1):.0%})"
            if column in optional
            else column
            for column in self._layout.shown
        ]
        how = f"{self._layout.called}: " if self._layout.called else ""
        kept = f"; {self._kept} of {self._given} rows pass `where`" if self._where else ""
        return f"read as {how}{', '.join(columns)}{kept}"

    def _check_fields(self, head: Sequence[Mapping[str, Any]]) -> None:
        """Refuse a filter or a source that names a field that rows don't have."""
        source = self._reading.source
        asked = (*(self._where.fields if self._where else ()),)
        asked += (source,) if source != Reading.source else ()
        check_fields(asked, fields_of(head), self._name)

    def _example(self, row: Mapping[str, Any], position: int, layout: Layout) -> Example | None:
        """Return the row's example; None, and a fault noted, where it lacks a field."""
        if not all(is_filled(row.get(column)) for column in layout.required):
            self._first = self._first if self._faults else row
            self._faults.append(position + 1)
            return None
        self._empty.update(c for c in layout.optional if not is_filled(row.get(c)))
        prompt = self._text(layout.prompt, row, position)
        response = self._text(layout.response, row, position)
        return Example(
            id=example_id(prompt, response),
            prompt=prompt,
            response=response,
            source=str(row.get(self._reading.source) or ""),
            metadata=dict(row),
            row=position,
        )

    def _text(self, template: Template, row: Mapping[str, Any], position: int) -> str:
        values = {}
        for found in template.fields:
            column = self._layout.column(found.name) if self._layout else found.name
            value = row.get(column)
            if is_filled(value):
                if fault := _no_text(value):
                    raise DataError(f"{self._place(position)}, field `{column}` {fault}")
                values[found.name] = value
        return template.render(values)

    def _fault(self, layout: Layout) -> str:
        numbers = ", ".join(map(str, self._faults[:5])) + (", ..." if len(self._faults) > 5 else "")
        lacking = [c for c in layout.required if not is_filled(self._first.get(c))]
        present = ", ".join(f"`{key}`" for key in self._first) or "none"
        return (
            f"{self._name}: {len(self._faults)} of {self._given} rows lack "
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
        return f"is a {kind} that looks like chat (turns), which is not read yet: it takes text."
    return f"is a {kind}, which is no text: write the text that is meant into a field of its own."


_TURN = frozenset({"role", "from", "content", "value"})
"""Keys of a turn of a chat."""
