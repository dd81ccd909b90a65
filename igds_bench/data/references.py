"""Several references of an example: fields of its row, or rows of the same prompt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from igds_bench.core.data import Example, Pool, example_id
from igds_bench.core.specs import TaskSpec
from igds_bench.data.examples import to_examples
from igds_bench.errors import DataError

Row = Mapping[str, Any]
FIRST = "response"
"""The field that the first reference is put into, to be taken as it is."""


def to_measured(rows: Sequence[Row], task: TaskSpec, name: str, required: bool) -> Pool:
    """Render rows of a split that is measured on, each with all of its references.

    Args:
        rows: in file order.
        task: names the fields that hold references, and says whether rows are grouped. Where no
            row of the split has one of the fields, ``task.response`` is the reference.
        name: shown in messages.
        required: whether the split must have the fields, as the test split must.

    Raises:
        DataError: rows lack what the template or the references ask for.
    """
    texts = [_texts_in(row, task.references) for row in rows]
    if not any(texts):
        if task.references and required:
            raise DataError(
                f"{name}: no row has a text in {_listed(task)}, which `references` names. Fields "
                f"there: {', '.join(f'`{key}`' for key in rows[0])}."
            )
        plain = to_examples(rows, task, name)
        return (
            _grouped([(e, [e.response]) for e in plain], name) if task.group_references else plain
        )
    lacking = [number for number, own in enumerate(texts, 1) if not own]
    if lacking:
        raise DataError(
            f"{name}: {len(lacking)} of {len(rows)} rows have no text in {_listed(task)}, first in "
            f"row {lacking[0]}: leave these rows out."
        )
    given = [{**row, FIRST: own[0]} for row, own in zip(rows, texts, strict=True)]
    pool = to_examples(given, replace(task, response=f"{{{FIRST}}}"), name)
    found = [(example, texts[example.row]) for example in pool]
    return _grouped(found, name) if task.group_references else _pool(found, name)


def _texts_in(row: Row, fields: Iterable[str]) -> list[str]:
    """Return the texts of some fields, each a text or a list of them; empty ones are none."""
    found: list[Any] = []
    for field in fields:
        value = row.get(field)
        found += value if isinstance(value, (list, tuple)) else [value]
    return [str(text) for text in found if text is not None and str(text).strip()]


def _listed(task: TaskSpec) -> str:
    return ", ".join(f"`{field}`" for field in task.references)


def _grouped(found: Iterable[tuple[Example, Sequence[str]]], name: str) -> Pool:
    """Return one example a prompt, the first, with the references of all."""
    groups: dict[str, tuple[Example, list[str]]] = {}
    for example, texts in found:
        groups.setdefault(example.prompt, (example, []))[1].extend(texts)
    return _pool(groups.values(), name)


def _pool(found: Iterable[tuple[Example, Sequence[str]]], name: str) -> Pool:
    """Return examples with their references, which enter their ids."""
    return Pool.from_rows((_with(example, texts) for example, texts in found), name)


def _with(example: Example, texts: Sequence[str]) -> Example:
    return replace(
        example,
        id=example_id(example.prompt, *texts),
        references=tuple(texts) if len(texts) > 1 else (),
    )
