"""``igds-bench train-sae``: train SAEs on one's own model and text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from igds_bench.harness.requests.train_sae import TrainOutcome


def train_sae(  # noqa: PLR0913 (one parameter per option)
    model: Annotated[str, typer.Option(help="Registered name, hub id or local folder.")],
    layers: Annotated[str, typer.Option(help="Blocks, from 0: such as 3,6 or 4-10.")],
    data: Annotated[
        str,
        typer.Option(
            help="JSONL, JSON, CSV or Parquet file, .txt file with one document per line, or hub "
            "data set."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the suite.")],
    architecture: Annotated[
        str, typer.Option(help="batchtopk, topk, matryoshka, jumprelu, standard or gated.")
    ] = "batchtopk",
    width: Annotated[str, typer.Option(help="Features: a number, or a multiple as 16x.")] = "16x",
    k: Annotated[int | None, typer.Option(help="Active features of the topk kinds (32).")] = None,
    l0_coefficient: Annotated[
        float | None, typer.Option(help="Sparsity of jumprelu (0.5).")
    ] = None,
    l1_coefficient: Annotated[
        float | None, typer.Option(help="Sparsity of standard and gated (5).")
    ] = None,
    samples: Annotated[int, typer.Option(help="Residual vectors per SAE.")] = 1_000_000,
    context: Annotated[int, typer.Option(help="Tokens of a block of text.")] = 128,
    lr: Annotated[float, typer.Option(help="Learning rate.")] = 1e-3,
    seed: Annotated[int, typer.Option(help="Of initial weights and of the order of text.")] = 0,
    text_field: Annotated[
        str | None,
        typer.Option(help="Field that holds the text: text, or else prompt and response."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="Torch device.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Train an SAE after each named block of a model, and measure them; a rerun goes on."""
    from igds_bench.harness.requests.sae_request import TrainRequest
    from igds_bench.harness.requests.train_sae import train_suite

    request = TrainRequest(
        model=model,
        layers=layers,
        data=data,
        out=out,
        architecture=architecture,
        width=width,
        sparsity={"k": k, "l0_coefficient": l0_coefficient, "l1_coefficient": l1_coefficient},
        samples=samples,
        context=context,
        lr=lr,
        seed=seed,
        text_field=text_field,
        device=device,
        threads=threads,
    )
    console = Console()
    outcome = train_suite(
        request, (lambda line: None) if as_json else (lambda line: console.print(escape(line)))
    )
    _report(outcome, console, as_json)


def _report(outcome: TrainOutcome, console: Console, as_json: bool) -> None:
    if as_json:
        facts = {
            "out": str(outcome.folder),
            "trained": list(outcome.trained),
            "warnings": list(outcome.warnings),
            **outcome.record,
        }
        typer.echo(json.dumps(facts))
        return
    console.print(_table(outcome))
    for line in outcome.warnings:
        console.print(f"[yellow]warning[/yellow] {escape(line)}", highlight=False, soft_wrap=True)
    console.print(
        f"Use it with --sae {outcome.folder}, or as saes: [{outcome.folder}] in a grid file.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _table(outcome: TrainOutcome) -> Table:
    table = Table(title=f"SAEs of {escape(outcome.record['model_name'])}", title_justify="left")
    for name in ("layer", "L0", "explained variance", "dead features", "loss recovered"):
        table.add_column(name, justify="right")
    for layer, figures in sorted(outcome.record["layers"].items(), key=lambda item: int(item[0])):
        table.add_row(
            layer,
            f"{figures['l0']:.1f}",
            f"{figures['explained_variance']:.3f}",
            f"{100 * figures['dead_share']:.1f}%",
            f"{100 * figures['ce_recovered']:.1f}%",
        )
    return table
