"""Render rows into examples with a task's template."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from igds_bench.core.data import Example, Pool, example_id
from igds_bench.core.specs import TaskSpec
from igds_bench.errors import DataError

RAW = ("prompt", "response")
"""Fields that are taken as they are where a row lacks the template's."""


def template_fields(template: str) -> tuple[str, ...]:
    """Return the names of the fields that a template asks for."""
    names = (name for _, name, _, _ in string.Formatter().parse(template) if name)
    return tuple(dict.fromkeys(names))


def to_examples(rows: Iterable[Mapping[str, Any]], task: TaskSpec, name: str) -> Pool:
    """Render rows with the task's template; rows with ``prompt`` and ``response`` are taken as is.

    Args:
        rows: the rows, in file order.
        task: gives the template.
        name: shown in messages, such as the file's path.

    Raises:
        DataError: counts the rows with a missing or empty field and names the first ones.
    """
    return Pool.from_rows(rendered(rows, task, name), name)


def rendered(rows: Iterable[Mapping[str, Any]], task: TaskSpec, name: str) -> Iterator[Example]:
    """Yield one example per row, as ``to_examples`` renders it.

    Raises:
        DataError: after the last row, where any has a missing or empty field.
    """
    wanted = (template_fields(task.prompt), template_fields(task.response))
    faults: list[int] = []
    first: Mapping[str, Any] = {}
    position = -1
    for position, row in enumerate(rows):
        prompt = _render(task.prompt, wanted[0], row, RAW[0])
        response = _render(task.response, wanted[1], row, RAW[1])
        if prompt is None or response is None:
            first = first if faults else row
            faults.append(position + 1)
            continue
        yield Example(
            id=example_id(prompt, response),
            prompt=prompt,
            response=response,
            source=str(row.get("source") or ""),
            metadata=dict(row),
            row=position,
        )
    if faults:
        where = f"{name}: {len(faults)} of {position + 1} rows"
        raise DataError(_fault(where, faults, first, wanted[0] + wanted[1]))


def _render(template: str, fields: Sequence[str], row: Mapping[str, Any], raw: str) -> str | None:
    """Return the rendered text, the raw field's, or None where a field is missing or empty."""
    if all(_filled(row.get(field)) for field in fields):
        return template.format_map({field: row[field] for field in fields})
    value = row.get(raw)
    return str(value) if _filled(value) else None


def _filled(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


def _fault(
    where: str, faults: Sequence[int], first: Mapping[str, Any], fields: Sequence[str]
) -> str:
    shown = ", ".join(str(n) for n in faults[:5]) + (", ..." if len(faults) > 5 else "")
    lacking = [field for field in fields if not _filled(first.get(field))]
    present = ", ".join(f"`{key}`" for key in first) or "none"
    return (
        f"{where} lack "
        f"{', '.join(f'`{field}`' for field in lacking)} (or it is empty), first in row {shown}. "
        f"Fields there: {present}. Rename the fields to the template's "
        f"({', '.join(f'`{field}`' for field in fields)}), give `prompt` and `response`, or take a "
        "task whose template has the file's own fields."
    )
