"""The rows that are selected from, as the pool of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from igds_bench.core.data import Pool
from igds_bench.core.specs import TaskSpec
from igds_bench.data.described import described
from igds_bench.data.examples import to_examples
from igds_bench.data.layout.choose import Reading
from igds_bench.data.read import read_rows
from igds_bench.data.references import to_measured
from igds_bench.data.splits import TaskData
from igds_bench.data.table import read_pool
from igds_bench.errors import DataError
from igds_bench.harness.plan.resolve import find_task, load_task_entry
from igds_bench.harness.plan.workbench import TaskEntry
from igds_bench.metrics import exact_match
from igds_bench.plugin.registry import Registered, Registries

RAW_TASK = TaskSpec(
    name="rows",
    prompt="{prompt}",
    response="{response}",
    rows=lambda split: (),
    metrics=(exact_match(),),
)
"""Stands in where no task is named: rows have ``prompt`` and ``response`` fields.

The metric is never computed; a plan names one wherever SAEs are read.
"""


@dataclass(frozen=True)
class PoolRequest:
    """Rows of one's own, and how they are read."""

    pool: Any
    """A file, a folder of files, a pattern or a hub data set; or a pandas data frame, a data set of
    ``datasets``, or a list of dicts."""
    task: str | None = None
    target: str | None = None
    """A file of target rows that replaces the task's own prior, dev and tune splits."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Column of the pool by field of the template, or by ``prompt`` and ``response``."""
    where: str | None = None
    """Filter expression on the pool's fields, such as ``"score > 0.5"``."""
    pick: str | None = None
    """Which of several texts is the field ``picked``, such as ``"generations by correct"``."""
    source_field: str = "source"
    """Field of the pool that says where a row came from."""
    messages: str | None = None
    """Column of the pool that holds the turns of chats, where its name doesn't say it."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """What further roles of turns mean: ``system``, ``user`` or ``assistant``."""
    train_on: Literal["last", "all"] | None = None
    """Which answers of a chat are trained on; None asks the task."""
    template: Literal["auto", "chat", "plain"] | None = None
    """Whether examples are written by the model's chat template; None asks the task."""
    chat_template: str | None = None
    """How chats are written where the model doesn't say: ``chatml``, or a file in Jinja."""
    drop_unsupported: bool = False
    """Whether chats that can't be trained on are left out, and counted, instead of refused."""
    plugins: tuple[str, ...] = ()
    dedup: bool = False


OF_CHATS = ("messages", "roles", "train_on", "template", "drop_unsupported")
"""What a request says of chats in place of its task."""


def task_entry(
    request: PoolRequest, registries: Registries, folder: Path
) -> tuple[TaskEntry, dict[str, Any]]:
    """Return the task with the request's rows as its pool, less the rows it is measured on.

    Args:
        request: names the rows, and says how they are read.
        registries: where its task is looked up.
        folder: where large pools are kept.

    Returns:
        The task, and what is said of its pool.

    Raises:
        DataError: rows can't be read, or none is left.
    """
    request, templates = _as_described(request)
    said_otherwise = {name: getattr(request, name) for name in OF_CHATS if getattr(request, name)}
    if request.task is None:
        spec = replace(RAW_TASK, **{**templates, **said_otherwise})
        entry = TaskEntry(Registered(spec, "select", "", ""), TaskData.without_target())
    else:
        registered = find_task(request.task, registries)
        spec = replace(registered.spec, **said_otherwise)
        entry = load_task_entry(replace(registered, spec=spec), drop_overlap=True)
    data = entry.data
    if request.target is not None:
        data = data.with_target(_target(request.target, entry.spec))
    reading = Reading(request.columns, request.source_field, request.where, request.pick)
    pool, said = read_pool(request.pool, entry.spec, reading, folder)
    duplicates = pool.duplicates
    if request.dedup:
        pool = pool.without_duplicates()
    kept, near_copies = data.not_reserved(pool)
    if not len(kept):
        raise DataError(f"{pool.name}: every row is a target or test sample of the task.")
    given = {
        "left_out": len(pool) - len(kept),
        "near_copies": near_copies,
        "duplicates": duplicates,
        "reading": said,
    }
    return replace(entry, data=data.with_pool(kept)), given


def _as_described(request: PoolRequest) -> tuple[PoolRequest, dict[str, Any]]:
    """Return the request with what a trainer's own file says of the pool, and its templates.

    What the request says itself goes before.
    """
    found = described(request.pool)
    if found is None:
        return request, {}
    templates: dict[str, Any] = {}
    if found.texts and not request.columns:
        templates = dict(zip(("prompt", "response"), found.templates, strict=True))
    return replace(
        request,
        pool=found.source,
        messages=request.messages or found.messages,
        roles={**found.roles, **request.roles},
        train_on=request.train_on or found.train_on,
    ), templates


def _target(source: str, task: TaskSpec) -> Pool:
    """Return target samples of a file, with several references where the task has them."""
    rows = read_rows(source)
    if rows and (task.references or task.group_references):
        return to_measured(list(rows), task, source, required=False)
    return to_examples(rows, task, source)
