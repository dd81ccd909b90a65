"""``igds-bench power``: what a grid's verdicts can find, and how many seeds it would take."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from igds_bench.report.board.outlook import Outlook

SEED_SD = 3.0
EXAMPLE_SD = 30.0
EXAMPLES = 500


def power(  # noqa: PLR0913 (one parameter per option)
    config: Annotated[Path, typer.Option("--config", help="The grid file (YAML).")],
    effect: Annotated[
        float, typer.Option("--effect", help="Difference to be found, in points of the metric.")
    ] = 1.0,
    records: Annotated[
        list[Path] | None,
        typer.Option("--records", help="A run or leaderboard folder to take the spread from."),
    ] = None,
    plugin: Annotated[
        list[str] | None, typer.Option("--plugin", help="A local plugin file or folder.")
    ] = None,
    seed_sd: Annotated[
        float, typer.Option("--seed-sd", help="Standard deviation over seeds, without records.")
    ] = SEED_SD,
    example_sd: Annotated[
        float,
        typer.Option(
            "--example-sd",
            help="Standard deviation over test examples of the difference, without records.",
        ),
    ] = EXAMPLE_SD,
    examples: Annotated[
        int, typer.Option("--examples", help="Test examples, without records.")
    ] = EXAMPLES,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how many seeds and test examples give 80% power to find a difference to the baseline."""
    from igds_bench.cli.common import load_with_plugins
    from igds_bench.plugin.manager import create_plugin_manager
    from igds_bench.plugin.registry import build_registries
    from igds_bench.report.board.outlook import Declared, outlooks
    from igds_bench.report.sections.words import points_text

    grid = load_with_plugins(config, plugin)
    known = build_registries(create_plugin_manager(extra=grid.plugins)).selectors
    specs = {entry.title: known.get(entry.name).spec for entry in grid.selectors}
    declared = Declared(seed_sd, example_sd, examples)
    found = outlooks(grid, specs, effect, declared, records or [])
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=1))
        return
    console = Console()
    for model in grid.models:
        own = [one for one in found if one.model == model]
        console.print(_table(own, f"{escape(model)}: to find {points_text(effect)}"))
    for line in _notes(found):
        console.print(line, highlight=False, soft_wrap=True)


def _table(found: list[Outlook], title: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, collapse_padding=True)
    for name in ("task", "level"):
        table.add_column(name, no_wrap=True)
    names = ("seeds /\ndraws", "examples", "power", "seeds\nneeded", "examples\nneeded", "finds")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        for at, label in zip(one.at, ("5%", f"5%/{one.family}"), strict=True):
            table.add_row(
                escape(one.task) if at is one.at[0] else "",
                label,
                f"{one.units[0]} / {one.units[1]}",
                f"{one.examples:,}" if one.examples > 1 else "unknown",
                f"{at.power:.0%}",
                f"{at.seeds:,}" if at.seeds else "–",
                f"{at.needed_examples:,}" if at.needed_examples else "–",
                f"{at.detectable:.1f}",
            )
    return table


def _notes(found: list[Outlook]) -> list[str]:
    lines = [f"{escape(f'{one.model}, {one.task}')}: {escape(one.source)}." for one in found]
    return [
        *lines,
        "“5%” is one comparison on its own; the second line divides it by all comparisons of a "
        "model and task, which is where Holm's correction begins. “Seeds” are independent units of "
        f"most rows, “draws” those of {escape(found[0].baseline)}. “Needed”, for 80% power, is the "
        "number of seeds on both sides, or of test examples, all else as it is; “–” says that up "
        "to 1,000 seeds (a million examples) are not enough. “Finds” is the difference found with "
        "80% power now.",
    ]
