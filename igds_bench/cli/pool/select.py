"""``igds-bench select``: choose from one's own data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from igds_bench.cli.pool import output
from igds_bench.cli.pool.options import (
    READING,
    WRITING,
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
from igds_bench.errors import ConfigError


def select(  # noqa: PLR0913 (one parameter per option)
    selector: Annotated[str, typer.Option(help="Name of the selector.")],
    pool: Annotated[
        str, typer.Option(help="File, folder, pattern, hub data set, or dataset_info.json:NAME.")
    ],
    budget: Annotated[str, typer.Option(help="Such as 50%, 1000 or 200000tok.")],
    out: Annotated[
        Path, typer.Option("--out", help="File for the chosen rows.", rich_help_panel=WRITING)
    ],
    model: Annotated[str, typer.Option(help="Registered name, hub id or local folder.")] = "tiny",
    sae: Annotated[
        str | None, typer.Option("--sae", help="SAE suite or folder; the model's own by default.")
    ] = None,
    task: Task = None,
    target: Annotated[
        str | None, typer.Option(help="File of target rows instead of the task's own.")
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
    seed: Annotated[int, typer.Option(help="Seed of draws and of ties.")] = 0,
    params: Annotated[
        list[str] | None,
        typer.Option("-p", "--param", help="A selector parameter, as name=value."),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            help="What rejects rows first: semantic-dedup, or semantic-dedup:threshold=0.9,...",
        ),
    ] = None,
    output_format: Annotated[
        output.Format | None,
        typer.Option(
            "--format",
            help="As what trainer reads rows; as they were by default.",
            rich_help_panel=WRITING,
        ),
    ] = None,
    weights: Annotated[
        output.Weights | None,
        typer.Option(help="Write a column `weight` of ranks or scores.", rich_help_panel=WRITING),
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(
            "--scores", help="File for the scores of the whole pool.", rich_help_panel=WRITING
        ),
    ] = None,
    plugin: Plugins = None,
    dedup: Annotated[
        bool, typer.Option("--dedup", help="Drop exact duplicates first.", rich_help_panel=READING)
    ] = False,
    allow_sae_transfer: Annotated[
        bool, typer.Option("--allow-sae-transfer", help="Use SAEs of another model.")
    ] = False,
    work: Annotated[
        Path | None,
        typer.Option(help="Keep what is computed here; an interrupted selection goes on."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="Torch device.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object.", rich_help_panel=WRITING)
    ] = False,
) -> None:
    """Rank a pool with one selector and write the best rows, best first."""
    for path in (out, scores):
        output.check_writable(path)
    written = output.Written(out, output_format, weights)
    written.check()
    given = _parse_params(params or [])
    read = {"--pool": pool, "--target": target, **{f"-p {name}": v for name, v in given.items()}}
    output.check_apart({**read, "--out": out, "--scores": scores})
    from igds_bench.data.writing.files import write_rows
    from igds_bench.harness.requests.select import SelectionRequest, select_rows

    request = SelectionRequest(
        selector=selector,
        pool=pool,
        budget=budget,
        model=model,
        task=task,
        saes=sae,
        seed=seed,
        params=given,
        filters=tuple(map(_parse_filter, filters or ())),
        target=target,
        columns=parse_pairs("--columns", columns, "prompt=problem,response=solution"),
        messages=messages,
        roles=parse_pairs("--roles", roles, "narrator=user,hero=assistant"),
        train_on=train_on.value if train_on else None,
        template=template.value if template else None,
        chat_template=chat_template,
        drop_unsupported=drop_unsupported,
        where=where,
        pick=pick,
        source_field=source_field,
        plugins=tuple(plugin or ()),
        dedup=dedup,
        allow_sae_transfer=allow_sae_transfer,
        device=device,
        threads=threads,
        work=work,
    )
    console = None if as_json else Console()
    result = select_rows(request, console, lambda rows: written.check_pool(rows, pool))
    written.write(result)
    if scores is not None:
        write_rows(result.scores(), scores)
    output.report(result, written, scores, as_json)


def _parse_params(texts: Sequence[str]) -> dict[str, Any]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ConfigError(
                f"-p {text}: write a parameter as name=value, such as top_features=3."
            )
        found[name.strip()] = value.strip()
    return found


def _parse_filter(text: str) -> dict[str, Any]:
    """Return a filter's name and parameters of ``name`` or ``name:parameter=value,...``."""
    name, colon, given = text.partition(":")
    pairs = parse_pairs(f"--filter {name}:", given, "threshold=0.9,clusters=3") if colon else {}
    return {"name": name, "params": pairs}
