"""Render rows into examples with a task's template."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
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
    given = list(rows)
    wanted = (template_fields(task.prompt), template_fields(task.response))
    examples, faults = [], []
    for position, row in enumerate(given):
        prompt = _render(task.prompt, wanted[0], row, RAW[0])
        response = _render(task.response, wanted[1], row, RAW[1])
        if prompt is None or response is None:
            faults.append(position + 1)
            continue
        examples.append(
            Example(
                id=example_id(prompt, response),
                prompt=prompt,
                response=response,
                source=str(row.get("source") or ""),
                metadata=dict(row),
                row=position,
            )
        )
    if faults:
        raise DataError(_fault(name, faults, given, wanted[0] + wanted[1]))
    return Pool.from_rows(examples, name)


def _render(template: str, fields: Sequence[str], row: Mapping[str, Any], raw: str) -> str | None:
    """Return the rendered text, the raw field's, or None where a field is missing or empty."""
    if all(_filled(row.get(field)) for field in fields):
        return template.format_map({field: row[field] for field in fields})
    value = row.get(raw)
    return str(value) if _filled(value) else None


def _filled(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


def _fault(
    name: str, faults: Sequence[int], rows: Sequence[Mapping[str, Any]], fields: Sequence[str]
) -> str:
    first = rows[faults[0] - 1]
    shown = ", ".join(str(n) for n in faults[:5]) + (", ..." if len(faults) > 5 else "")
    lacking = [field for field in fields if not _filled(first.get(field))]
    present = ", ".join(f"`{key}`" for key in first) or "none"
    return (
        f"{name}: {len(faults)} of {len(rows)} rows lack "
        f"{', '.join(f'`{field}`' for field in lacking)} (or it is empty), first in row {shown}. "
        f"Fields there: {present}. Rename the fields to the template's "
        f"({', '.join(f'`{field}`' for field in fields)}), or give `prompt` and `response`."
    )
