"""``igds-bench features``: find a task's causal features, and say what they are about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from igds_bench.errors import ConfigError


def features(  # noqa: PLR0913 (one parameter per option)
    model: Annotated[str, typer.Option(help="Registered name, hub id or local folder.")],
    task: Annotated[str, typer.Option(help="Registered task or task YAML file.")],
    sae: Annotated[
        str | None, typer.Option("--sae", help="SAE suite or folder; the model's own by default.")
    ] = None,
    layers: Annotated[
        str | None, typer.Option(help="Layers to search, as 3,6 or 4-10; all by default.")
    ] = None,
    multipliers: Annotated[
        str, typer.Option(help="Strengths, as multiples of the feature's own activation.")
    ] = "1,2,4",
    top: Annotated[int, typer.Option(help="Best features that are explained.")] = 3,
    delta: Annotated[
        str, typer.Option(help="What interventions are judged by: metric or log-likelihood.")
    ] = "metric",
    tau: Annotated[float, typer.Option(help="Share of prior samples for recall.")] = 0.8,
    n_prior: Annotated[int, typer.Option(help="Prior samples.")] = 100,
    m_dev: Annotated[int, typer.Option(help="Dev samples.")] = 256,
    null_directions: Annotated[int, typer.Option(help="Random directions as the null.")] = 32,
    prior_sets: Annotated[int, typer.Option(help="Draws for the stability.")] = 5,
    racing: Annotated[bool, typer.Option("--racing", help="Drop candidates early.")] = False,
    attribution: Annotated[
        float | None, typer.Option(help="Share of candidates to measure, by attribution.")
    ] = None,
    role: Annotated[Literal["probe", "base"], typer.Option(help="Which model is read.")] = "probe",
    out: Annotated[Path, typer.Option("--out", help="Run folder.")] = Path("runs/features"),
    plugin: Annotated[
        list[str] | None, typer.Option("--plugin", help="A local plugin file or folder.")
    ] = None,
    allow_sae_transfer: Annotated[
        bool, typer.Option("--allow-sae-transfer", help="Use SAEs of another model.")
    ] = False,
    device: Annotated[str | None, typer.Option(help="Torch device.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Find the features of a task that help when amplified; print, explain and keep them."""
    from igds_bench.harness.requests.features import FeaturesRequest, find_features
    from igds_bench.harness.requests.sae_request import layer_numbers
    from igds_bench.report.board.leaderboard import build_leaderboard
    from igds_bench.report.formats.console import print_features
    from igds_bench.report.render import render

    settings: dict[str, Any] = {
        "delta": delta,
        "tau": tau,
        "n_prior": n_prior,
        "m_dev": m_dev,
        "null_directions": null_directions,
        "role": role,
        "racing": racing,
        "attribution": attribution,
        "top_features": 1,
        "layers": layer_numbers(layers) if layers else None,
    }
    request = FeaturesRequest(
        model=model,
        task=task,
        saes=sae,
        settings=settings,
        explain={
            "features": top,
            "multipliers": _multipliers(multipliers),
            "prior_sets": prior_sets,
        },
        plugins=tuple(plugin or ()),
        allow_sae_transfer=allow_sae_transfer,
        device=device,
        threads=threads,
        out=out,
    )
    found = find_features(request, None if as_json else Console())
    report = render(build_leaderboard([out]), out / "report")
    data: Mapping[str, Any] = json.loads(found.path.read_text("utf-8"))
    if as_json:
        typer.echo(json.dumps(data))
        return
    console = Console()
    print_features(data, console)
    console.print(f"\n{found.path}\nReport: {report}", highlight=False, soft_wrap=True)


def _multipliers(text: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) <= 0:
        raise ConfigError(f"--multipliers {text}: write numbers above 0, such as 1,2,4.")
    return found
