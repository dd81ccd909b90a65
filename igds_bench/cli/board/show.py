"""``igds-bench show``: one record, readably."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from igds_bench.errors import DataError, nearest

if TYPE_CHECKING:
    from igds_bench.core.record import RunRecord


def show(
    record: Annotated[Path, typer.Argument(help="A record file (records/*.json).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as it is.")] = False,
) -> None:
    """Show what one cell's record says."""
    from igds_bench.core.record import read_record

    if not record.is_file():
        names = [path.name for path in record.parent.glob("*.json")]
        raise DataError(f"{record} does not exist.{nearest(record.name, names)}")
    found = read_record(record)
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
        return
    console = Console()
    console.print(f"[bold]{escape(found.cell.id)}[/bold]  {found.status}  key {found.key}")
    if found.reason:
        console.print(f"[red]{escape(found.reason)}[/red] (in {found.failed_stage})")
    for table in _tables(found):
        console.print(table)
    _print_rest(found, console)


def _tables(record: RunRecord) -> list[Table]:
    scores = Table("metric", title="Scores", title_justify="left")
    for name in ("value", "stderr", "n"):
        scores.add_column(name, justify="right")
    for metric, score in record.scores.items():
        error = "" if score.stderr is None else f"{score.stderr:.3f}"
        mark = " (primary)" if metric == record.primary_metric else ""
        scores.add_row(metric + mark, f"{score.value:.3f}", error, str(score.n))
    phases = Table("stage", title="Cost", title_justify="left")
    for name in ("seconds", "estimated", "FLOPs", "tokens", "peak memory", ""):
        phases.add_column(name, justify="right")
    for phase in record.phases:
        peak = phase.peak_memory_bytes
        phases.add_row(
            phase.kind,
            f"{phase.seconds:.2f}",
            "" if phase.estimated_seconds is None else f"{phase.estimated_seconds:.2f}",
            "" if phase.flops is None else f"{phase.flops:.2g}",
            "" if phase.tokens is None else f"{phase.tokens:,}",
            "" if peak is None else f"{peak / 1e6:.0f} MB",
            "reused" if phase.reused else "",
        )
    return [scores, phases] if record.scores else [phases]


def _print_rest(record: RunRecord, console: Console) -> None:
    """Print selection, training, amplification, revisions and environment as lines."""
    lines: list[tuple[str, object]] = []
    if record.selection is not None:
        lines.append(("selection", record.selection.model_dump()))
    if record.training is not None:
        lines.append(("training", record.training.model_dump(exclude={"losses"})))
    lines += [("amplification", found.model_dump()) for found in record.amplification]
    lines += [(f"measures.{kind}", told) for kind, told in record.measures.items()]
    if record.method is not None:
        lines.append(("method", record.method.model_dump()))
    settings = record.settings.model_dump().items()
    lines += [(f"settings.{name}", value) for name, value in settings if value]
    lines += [("rescored", replaced.model_dump()) for replaced in record.rescored]
    lines += [("revisions", record.revisions), ("plugins", record.plugins)]
    if record.environment is not None:
        lines.append(("environment", record.environment.model_dump()))
    for title, value in lines:
        console.print(f"[bold]{title}[/bold]", escape(str(value)), highlight=False, soft_wrap=True)
    console.print(f"[bold]created[/bold] {record.created.isoformat()}", highlight=False)
