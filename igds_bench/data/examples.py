"""Render rows into examples, all rows of a pool in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import Any

from igds_bench.core.data import Example, Pool
from igds_bench.core.specs import TaskSpec
from igds_bench.data.layout.chat import ChatLayout
from igds_bench.data.layout.chat_reader import ChatReader
from igds_bench.data.layout.choose import Reading, choose_layout, own_name
from igds_bench.data.layout.field_reader import FieldReader
from igds_bench.data.layout.fields import check_fields, fields_of
from igds_bench.data.layout.pick import PICKED, parse_pick
from igds_bench.data.layout.template import parse_template
from igds_bench.data.layout.where import parse_where
from igds_bench.errors import DataError

HEAD = 1000
"""Rows that are looked at to choose how a pool is read."""


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
        DataError: the filter expression, or what is picked, is not understood.
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
        self._pick = parse_pick(self._reading.pick) if self._reading.pick else None
        self._reader: FieldReader | ChatReader | None = None
        self._given = self._kept = self._unpicked = 0
        self.by_template = False
        """Whether the rows had the fields of the task's template."""

    def examples(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Example]:
        """Yield one example per row that passes the filter.

        Raises:
            DataError: nothing fits the rows, a value is no text, none passes; and, after the last
                row, where any has a missing or empty field, or a chat that can't be trained on.
        """
        stream = iter(rows)
        head = list(islice(stream, HEAD))
        if not head:
            return
        self._reader = self._chosen(head)
        self._check_fields(head)
        for position, row in enumerate(chain(head, stream)):
            self._given += 1
            if self._where and not self._where.keeps(row, partial(self._place, position)):
                continue
            self._kept += 1
            example = self._example(row, position)
            if example is not None:
                yield example
        self._reader.check(self._given)
        if not self._kept:
            raise DataError(f"{self._name}: none of {self._given} rows passes `where`.")
        if self._pick and self._unpicked == self._kept:
            raise DataError(f"{self._name}: no row is left: {self._pick.lacking} in any.")

    def _example(self, row: Mapping[str, Any], position: int) -> Example | None:
        """Return a row's example, with the row as it was; None where it has none."""
        assert self._reader is not None
        source = str(row.get(self._reading.source) or "")
        if self._pick is None:
            return self._reader.example(row, position, source)
        picked = self._pick.of(row, partial(self._place, position))
        if picked is None:
            self._unpicked += 1
            return None
        example = self._reader.example({**row, PICKED: picked}, position, source)
        return replace(example, metadata=dict(row)) if example is not None else None

    def said(self) -> str:
        """Return in one line how the pool was read; empty before any row was."""
        if self._reader is None:
            return ""
        kept = f"; {self._kept} of {self._given} rows pass `where`" if self._where else ""
        left = self._pick and f"; {self._unpicked} are left out: {self._pick.lacking}"
        return f"read as {self._reader.said()}{kept}{left or ''}"

    def _chosen(self, head: Sequence[Mapping[str, Any]]) -> FieldReader | ChatReader:
        """Return what reads the rows, chosen by the first of them."""
        if self._pick is not None:  # which is filled in every row that is kept
            check_fields(self._pick.fields, fields_of(head), self._name)
            head = [{**row, PICKED: PICKED} for row in head]
        layout = choose_layout(self._task, head, self._reading, self._name)
        if isinstance(layout, ChatLayout):
            return ChatReader(layout, self._task, self._name, self._place)
        self.by_template = layout.called == own_name(self._task)
        return FieldReader(layout, self._task, self._name, self._place)

    def _check_fields(self, head: Sequence[Mapping[str, Any]]) -> None:
        """Refuse a filter or a source that names a field that rows don't have."""
        source = self._reading.source
        asked = (*(self._where.fields if self._where else ()),)
        asked += (source,) if source != Reading.source else ()
        check_fields(asked, fields_of(head), self._name)
