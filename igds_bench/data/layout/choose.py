"""Choose, once for a pool, how its rows become prompts and responses.

In this order: by the columns that the user names, by the task's template, as a chat where a column
holds turns, by the columns ``prompt`` and ``response``, and, where no task says anything else, by a
shape that is well known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from igds_bench.core.specs import TaskSpec
from igds_bench.data.layout.chat import ROLES, ChatLayout, chat_columns, parse_roles, system_column
from igds_bench.data.layout.fields import check_fields, fields_of, is_filled
from igds_bench.data.layout.history import HistoryLayout, history_columns
from igds_bench.data.layout.shapes import Layout, shapes_of
from igds_bench.data.layout.template import Template, parse_template
from igds_bench.errors import DataError, nearest

PLAIN = ("prompt", "response")
"""Fields that are taken as they are where rows lack those of the template."""


@dataclass(frozen=True)
class Reading:
    """What a user says of a pool whose rows don't speak for themselves."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Column by field of the template, or by ``prompt`` and ``response``."""
    source: str = "source"
    """Field that says where a row came from."""
    where: str | None = None
    """Filter expression; rows that don't pass are not in the pool."""
    pick: str | None = None
    """Which of several texts is the field ``picked``; rows without one are not in the pool."""


def choose_layout(
    task: TaskSpec, head: Sequence[Mapping[str, Any]], reading: Reading, name: str
) -> Layout | ChatLayout:
    """Choose how the rows of a pool are read, for all of them alike.

    Args:
        task: gives the template.
        head: the first rows.
        reading: what the user says of the pool.
        name: of the pool, for messages.

    Raises:
        DataError: nothing fits; says what the rows have and what would help.
    """
    known = fields_of(head)
    filled = {column for row in head for column, value in row.items() if is_filled(value)}
    own = Layout(own_name(task), *_templates(task), reading.columns)
    if reading.columns:
        return _by_columns(own, known, reading.columns, name)
    is_own = filled.issuperset(own.required)
    chat, may_be_chat = _chat(task, head, known), not is_own or own_name(task) == ""
    named = named_messages(task)[0]
    if named and may_be_chat:
        check_fields([named], known, name)
    if chat is not None and (named in known or may_be_chat):
        return chat
    for layout in (own, _plain()):
        if filled.issuperset(layout.required):
            return layout
    shape = next((s for s in shapes_of(known) if filled.issuperset(s.required)), None)
    if shape is not None and own.required == PLAIN:
        return shape
    raise DataError(f"{name}: {_nothing_fits(own, known, filled, shape)}")


def _chat(
    task: TaskSpec, head: Sequence[Mapping[str, Any]], known: Sequence[str]
) -> ChatLayout | None:
    """Return where the turns are; None where the rows are no chats.

    Raises:
        DataError: a role means none of the three.
    """
    named, *keys = named_messages(task)
    columns = (named,) if named in known else chat_columns(known, head)
    kind = ChatLayout
    if not columns:
        kind, columns = HistoryLayout, history_columns(known, head)
    if not columns:
        return None
    system = system_column([column for column in known if column not in columns])
    roles = {**ROLES, **parse_roles(task.roles)}
    layout = kind(columns, system, roles, task.train_on)
    return replace(layout, role_keys=(keys[0],), content_keys=(keys[1],)) if keys else layout


def named_messages(task: TaskSpec) -> list[str]:
    """Return the column of the turns that a task names, and the keys of role and text, if any.

    Raises:
        DataError: one of the keys alone is named.
    """
    found = (task.messages or "").split(":")
    if len(found) not in (1, 3):
        raise DataError(
            f"`messages: {task.messages}`: name the column, or column, role and text of a turn, "
            "such as dialog:speaker:said."
        )
    return found


def own_name(task: TaskSpec) -> str:
    """Return what the layout of a task's template is called."""
    return (
        "" if (task.prompt, task.response) == ("{prompt}", "{response}") else f"task '{task.name}'"
    )


def _templates(task: TaskSpec) -> tuple[Template, Template]:
    try:
        return parse_template(task.prompt), parse_template(task.response)
    except DataError as error:
        raise DataError(f"task '{task.name}': {error}") from None


def _plain(columns: Mapping[str, str] | None = None) -> Layout:
    prompt, response = (parse_template(f"{{{part}}}") for part in PLAIN)
    return Layout("", prompt, response, columns or {})


def _by_columns(own: Layout, known: Sequence[str], columns: Mapping[str, str], name: str) -> Layout:
    """Return the layout with the columns that the user names.

    Raises:
        DataError: a field or a column is not there.
    """
    fields = [f.name for f in (*own.prompt.fields, *own.response.fields)]
    check_fields(columns.values(), known, name)
    if set(columns) <= set(fields):
        return own
    if set(columns) == set(PLAIN):
        return _plain(columns)
    wrong = next(f for f in columns if f not in fields)
    raise DataError(
        f"{name}: columns are given for '{wrong}', which is no field of the template."
        f"{nearest(wrong, fields)} Name its fields {', '.join(fields)}, or prompt and response."
    )


def _nothing_fits(
    own: Layout,
    known: Sequence[str],
    filled: Collection[str],
    shape: Layout | None,
) -> str:
    """Return what the rows have, what they look like, and what to write."""
    lacking = ", ".join(f"`{column}`" for column in own.required if column not in filled)
    said = f"the rows lack {lacking}" if known else "the rows have no fields"
    said += f" (or it is empty); they have {', '.join(f'`{column}`' for column in known)}."
    if shape is not None:
        said += f" They look like {shape.called or ' with '.join(shape.required)}."
    fields: tuple[str, ...] = PLAIN
    columns = ("...", "...")
    if shape is not None:
        fields = own.required if len(own.required) == len(shape.required) else PLAIN
        columns = (shape.required[0], shape.required[-1])
    pairs = ",".join(f"{f}={c}" for f, c in zip(fields, columns, strict=True))
    return (
        f"{said} Name columns of text, such as --columns {pairs}, or take a task whose template "
        "has the rows' own fields."
    )
