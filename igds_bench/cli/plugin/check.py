"""``igds-bench check``: does a plugin keep what the harness promises of every selector?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from igds_bench.errors import PluginError, nearest
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import Registered, build_registries

if TYPE_CHECKING:
    from igds_bench.testing import Outcome


def check(
    plugin: Annotated[
        str, typer.Argument(help="A plugin file or folder, an installed distribution, or builtin.")
    ],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Check this selector alone; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check everything that a plugin registers on toys that need no network."""
    from igds_bench.testing.registered import check_others

    wanted = _registered(plugin)
    if not any(wanted.values()):
        raise PluginError(f"{plugin} registers nothing: there is nothing to check.")
    selectors = [entry for entry in wanted["selectors"] if not only or entry.spec.name in only]
    _refuse_unknown(only or [], [entry.spec.name for entry in wanted["selectors"]])
    console = Console(stderr=as_json)
    found = list(_selectors(selectors, console))
    if not only:
        found += check_others(wanted["models"], wanted["saes"], wanted["tasks"], wanted["metrics"])
    if as_json:
        typer.echo(json.dumps([outcome.__dict__ for outcome in found], indent=1))
    else:
        _print(found, console)
    if any(outcome.problem for outcome in found):
        raise typer.Exit(1)


def _selectors(entries: list[Registered[Any]], console: Console) -> Iterator[Outcome]:
    from igds_bench.testing import run_checks

    for entry in entries:
        with console.status(f"checking {entry.spec.name}"):
            yield from run_checks(entry.spec)


def _registered(plugin: str) -> dict[str, list[Registered[Any]]]:
    """Return what one plugin registers, by kind.

    Raises:
        PluginError: there is no such file, and no such plugin or distribution is installed.
    """
    is_local = Path(plugin).exists() or plugin.endswith(".py")
    plugin = str(Path(plugin)) if is_local else plugin  # as its origin is written
    plugins = create_plugin_manager(extra=[plugin] if is_local else [])
    registries = build_registries(plugins)
    known = {n for n, (origin, _) in plugins.origins.items() if plugin in (n, origin)}
    if not known:
        if plugin in plugins.broken:
            raise PluginError(f"plugin '{plugin}' could not be loaded: {plugins.broken[plugin]}")
        names = sorted({*plugins.origins, *(origin for origin, _ in plugins.origins.values())})
        raise PluginError(
            f"no plugin is called '{plugin}', and there is no such file.{nearest(plugin, names)} "
            f"There are: {', '.join(names)}."
        )
    kinds = ("selectors", "models", "saes", "tasks", "metrics")
    return {kind: [e for e in getattr(registries, kind) if e.plugin in known] for kind in kinds}


def _refuse_unknown(only: list[str], names: list[str]) -> None:
    for name in only:
        if name not in names:
            raise PluginError(
                f"the plugin has no selector '{name}'.{nearest(name, names)} "
                f"Its selectors: {', '.join(names) or 'none'}."
            )


def _print(outcomes: list[Outcome], console: Console) -> None:
    if not outcomes:
        console.print("Nothing to check without a network: what it registers lies on a hub.")
        return
    table = Table("what", "passed", "failed", "problem")
    for name in dict.fromkeys(outcome.selector for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.selector == name]
        bad = [outcome for outcome in own if outcome.problem]
        passed = str(len(own) - len(bad))
        table.add_row(escape(name), passed, f"[red]{len(bad)}[/red]" if bad else "0", "")
        for problem in dict.fromkeys(outcome.problem for outcome in bad):
            promises = [outcome.promise for outcome in bad if outcome.problem == problem]
            what = promises[0] if len(promises) == 1 else f"{len(promises)} checks stop at this:"
            table.add_row("", "", "", escape(f"{what} {problem}"))
    console.print(table)
    failed = sum(bool(outcome.problem) for outcome in outcomes)
    state = f"[red]{failed} failed[/red]" if failed else "[green]all passed[/green]"
    console.print(f"{len(outcomes)} checks, {state}", highlight=False)
