"""``igds-bench inspect``: what a pool looks like before anything is chosen from it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from igds_bench.cli.pool.options import (
    ChatTemplate,
    Columns,
    DropUnsupported,
    Messages,
    Pick,
    Plugins,
    Roles,
    SourceField,
    Task,
    TrainedOn,
    Where,
    WrittenBy,
    parse_pairs,
)

if TYPE_CHECKING:
    from igds_bench.harness.requests.inspect import Inspection

EXCERPT = 1200
"""Characters of an example that are shown, half of them at its end."""
MOST = 12
"""Sources that are named."""


def inspect(  # noqa: PLR0913 (one parameter per option)
    pool: Annotated[str, typer.Argument(help="File, folder, pattern or hub data set.")],
    task: Task = None,
    model: Annotated[
        str | None, typer.Option(help="Gives lengths in tokens and writes chats.")
    ] = None,
    columns: Columns = None,
    where: Where = None,
    pick: Pick = None,
    source_field: SourceField = "source",
    messages: Messages = None,
    roles: Roles = None,
    train_on: TrainedOn = None,
    template: WrittenBy = None,
    chat_template: ChatTemplate = None,
    drop_unsupported: DropUnsupported = False,
    plugin: Plugins = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show how a pool is read: its shape, gaps, lengths, and examples as a model gets them."""
    from igds_bench.harness.requests.inspect import InspectRequest, inspect_pool

    request = InspectRequest(
        pool=pool,
        task=task,
        model=model,
        columns=parse_pairs("--columns", columns, "prompt=problem,response=solution"),
        where=where,
        pick=pick,
        source_field=source_field,
        messages=messages,
        roles=parse_pairs("--roles", roles, "narrator=user,hero=assistant"),
        train_on=train_on.value if train_on else None,
        template=template.value if template else None,
        chat_template=chat_template,
        drop_unsupported=drop_unsupported,
        plugins=tuple(plugin or ()),
    )
    found = inspect_pool(request)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _print(found, Console())


def _print(found: Inspection, console: Console) -> None:
    for line in _lines(found):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(_table(found))
    for number, text in enumerate(found.examples, start=1):
        console.rule(f"example {number} of {len(found.examples)}", align="left")
        console.print(_excerpt(text), highlight=False, markup=False, soft_wrap=True)
    console.rule()
    console.print("« » what is trained on   [t*] the critical token ends here", markup=False)


def _lines(found: Inspection) -> list[str]:
    """Return one line for each thing to know of the pool."""
    lines = [found.reading, f"{found.rows} rows"]
    gaps = {name: count for name, count in found.fields.items() if count}
    empty = ", ".join(f"{name} {count / found.rows:.0%}" for name, count in gaps.items())
    known = ", ".join(found.fields)
    lines.append(f"fields: {known}" + (f"; null or blank: {empty}" if gaps else ""))
    named = {source: count for source, count in found.sources.items() if source}
    if named:
        shown = [f"{source} {count}" for source, count in list(named.items())[:MOST]]
        rest = len(named) - len(shown)
        lines.append(f"sources: {', '.join(shown)}" + (f" and {rest} more" if rest else ""))
    lines.append(
        f"{found.duplicates} rows repeat an earlier row exactly, {found.equal_prompts} its prompt"
    )
    if found.left_out:
        lines.append(
            f"{found.left_out} rows are target or test samples of the task, {found.near_copies} of "
            "them nearly, and are left out"
        )
    if found.over_context:
        lines.append(f"{found.over_context} rows are longer than the context of {found.context}")
    return lines


def _table(found: Inspection) -> Table:
    table = Table("length in " + found.unit, box=None)
    for name in next(iter(found.lengths.values())):
        table.add_column(name, justify="right")
    for part, values in found.lengths.items():
        table.add_row(part, *(f"{value:,}" for value in values.values()))
    return table


def _excerpt(text: str) -> str:
    if len(text) <= EXCERPT:
        return text
    half = EXCERPT // 2
    return f"{text[:half]}\n... {len(text) - EXCERPT:,} characters ...\n{text[-half:]}"
