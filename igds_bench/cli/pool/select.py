"""``igds-bench select``: choose from one's own data."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from igds_bench.atomic import replacing
from igds_bench.errors import ConfigError, DataError

if TYPE_CHECKING:
    from igds_bench.harness.requests.select import SelectionResult

NEARLY = "but for case, white space or Unicode form"
SUFFIXES = (".jsonl", ".json", ".csv", ".parquet")


class TrainOn(StrEnum):
    """Answers of a chat that are trained on."""

    LAST = "last"
    ALL = "all"


class Template(StrEnum):
    """What a model's chat template writes."""

    AUTO = "auto"
    CHAT = "chat"
    PLAIN = "plain"


def select(  # noqa: PLR0913 (one parameter per option)
    selector: Annotated[str, typer.Option(help="Name of the selector.")],
    pool: Annotated[
        str, typer.Option(help="JSONL, JSON, CSV, TSV or Parquet file, folder, or hub data set.")
    ],
    budget: Annotated[str, typer.Option(help="Such as 50%, 1000 or 200000tok.")],
    out: Annotated[Path, typer.Option("--out", help="File for the chosen rows.")],
    model: Annotated[str, typer.Option(help="Registered name, hub id or local folder.")] = "tiny",
    sae: Annotated[
        str | None, typer.Option("--sae", help="SAE suite or folder; the model's own by default.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="Registered task or task YAML file; gives the template.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="File of target rows instead of the task's own.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="The pool's columns, such as prompt=problem,response=solution."),
    ] = None,
    where: Annotated[
        str | None, typer.Option(help="Which rows to read, such as 'score > 0.5 and not bad'.")
    ] = None,
    source_field: Annotated[
        str, typer.Option(help="Field of the pool that says where a row came from.")
    ] = "source",
    messages: Annotated[
        str | None, typer.Option(help="Column that holds turns of chats, if its name is unusual.")
    ] = None,
    roles: Annotated[
        str | None,
        typer.Option(help="What further roles mean, such as narrator=user."),
    ] = None,
    train_on: Annotated[
        TrainOn | None, typer.Option(help="Which answers of a chat are trained on.")
    ] = None,
    template: Annotated[
        Template | None, typer.Option(help="Whether the model's chat template writes examples.")
    ] = None,
    chat_template: Annotated[
        str | None, typer.Option(help="For models without one: chatml, or a file in Jinja.")
    ] = None,
    drop_unsupported: Annotated[
        bool, typer.Option("--drop-unsupported", help="Leave out chats with tools, images, ...")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of draws and of ties.")] = 0,
    params: Annotated[
        list[str] | None,
        typer.Option("-p", "--param", help="A selector parameter, as name=value."),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="What rejects rows first, such as semantic-dedup."),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option("--scores", help="File for the scores of the whole pool.")
    ] = None,
    plugin: Annotated[
        list[str] | None, typer.Option("--plugin", help="A local plugin file or folder.")
    ] = None,
    dedup: Annotated[bool, typer.Option("--dedup", help="Drop exact duplicates first.")] = False,
    allow_sae_transfer: Annotated[
        bool, typer.Option("--allow-sae-transfer", help="Use SAEs of another model.")
    ] = False,
    work: Annotated[
        Path | None,
        typer.Option(help="Keep what is computed here; an interrupted selection goes on."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="Torch device.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Rank a pool with one selector and write the best rows, best first."""
    for path in (out, scores):
        _check_writable(path)
    _check_apart({"--pool": Path(pool), "--target": target, "--out": out, "--scores": scores})
    given = _parse_params(params or [])
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
        filters=tuple(filters or ()),
        target=target,
        columns=_parse_pairs("--columns", columns, "prompt=problem,response=solution"),
        messages=messages,
        roles=_parse_pairs("--roles", roles, "narrator=user,hero=assistant"),
        train_on=train_on.value if train_on else None,
        template=template.value if template else None,
        chat_template=chat_template,
        drop_unsupported=drop_unsupported,
        where=where,
        source_field=source_field,
        plugins=tuple(plugin or ()),
        dedup=dedup,
        allow_sae_transfer=allow_sae_transfer,
        device=device,
        threads=threads,
        work=work,
    )
    result = select_rows(request, None if as_json else Console())
    write_rows(result.rows(), out)
    if scores is not None:
        write_rows(result.scores(), scores)
    _report(result, out, scores, as_json)


def _check_writable(path: Path | None) -> None:
    """Refuse an output that can't be written, before anything runs.

    Raises:
        DataError: says which folder or type is the trouble.
    """
    if path is None:
        return
    if path.suffix not in SUFFIXES:
        raise DataError(f"{path}: write to one of {', '.join(SUFFIXES)}.")
    if not path.parent.is_dir():
        raise DataError(f"{path}: the folder {path.parent} does not exist; make it first.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise DataError(f"{path} can't be written: name a file in a folder that you may write to.")


def _check_apart(files: Mapping[str, Path | str | None]) -> None:
    """Refuse to write over a file that is read, or over the other output.

    Raises:
        DataError: names both options.
    """
    seen: dict[Path, str] = {}
    for option, path in files.items():
        if path is None:
            continue
        place = Path(path).expanduser().resolve()
        if place in seen and option in ("--out", "--scores"):
            raise DataError(
                f"{option} {path} is the file of {seen[place]} as well: name another file."
            )
        seen[place] = option


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


def _parse_pairs(option: str, text: str | None, example: str) -> dict[str, str]:
    """Return what an option of the form ``name=value,name=value`` says, such as columns."""
    found: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        name, equals, column = (part.strip() for part in pair.partition("="))
        if not (name and equals and column) or name in found:
            raise ConfigError(
                f"{option} {text}: write each field once, as name=value with commas between, "
                f"such as {example}."
            )
        found[name] = column
    return found


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows in the format that the file's suffix names."""
    with replacing(path) as temporary:
        if path.suffix == ".jsonl":
            with temporary.open("w", encoding="utf-8") as lines:
                for row in rows:
                    lines.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        elif path.suffix == ".json":
            text = json.dumps(list(rows), ensure_ascii=False, indent=1, default=str)
            temporary.write_text(text, encoding="utf-8")
        else:
            import pandas as pd

            frame = pd.DataFrame(list(rows))
            if path.suffix == ".csv":
                frame.to_csv(temporary, index=False)
            else:
                frame.to_parquet(temporary, compression="zstd", index=False)


def _report(result: SelectionResult, out: Path, scores: Path | None, as_json: bool) -> None:
    facts = {
        "selected": len(result.ids),
        "pool": len(result.pool),
        "reading": result.reading,
        "left_out": result.left_out,
        "near_copies": result.near_copies,
        "exact_duplicates": result.duplicates,
        "notes": dict(result.ranking.notes),
        "out": str(out),
        "scores": str(scores) if scores else None,
    }
    if as_json:
        typer.echo(json.dumps(facts, default=str))
        return
    console = Console()
    lines = [result.reading, f"{facts['selected']} of {facts['pool']} rows -> {out}"]
    lines += _of_the_pool(result)
    lines += [f"{name}: {value}" for name, value in result.ranking.notes.items()]
    if scores is not None:
        lines.append(f"scores -> {scores}")
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _of_the_pool(result: SelectionResult) -> list[str]:
    """Return one sentence for each thing to know of the pool's rows."""
    lines = []
    if result.left_out:
        near = f" ({result.near_copies} of them {NEARLY})" if result.near_copies else ""
        lines.append(
            f"{result.left_out} rows are target or test samples of the task{near} and were left "
            "out."
        )
    if result.duplicates:
        lines.append(f"{result.duplicates} rows repeat an earlier row exactly.")
    if result.ranking.unranked:
        lines.append(f"{len(result.ranking.unranked)} rows could not be scored; they come last.")
    return lines
