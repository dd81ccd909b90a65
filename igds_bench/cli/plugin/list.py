"""``igds-bench list``: what is registered, and by which plugin."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from igds_bench.core.specs import SelectorSpec
from igds_bench.plugin.manager import Plugins, create_plugin_manager
from igds_bench.plugin.registry import Registries, build_registries, parameters


class Kind(StrEnum):
    """What can be listed."""

    SELECTORS = "selectors"
    MODELS = "models"
    SAES = "saes"
    TASKS = "tasks"
    PLUGINS = "plugins"


def list_(
    kind: Annotated[Kind, typer.Argument(help="What to list.")],
    plugin: Annotated[
        list[str] | None, typer.Option("--plugin", help="A local plugin file or folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what is registered, and the plugins that could not be loaded."""
    plugins = create_plugin_manager(extra=plugin or ())
    rows = _plugin_rows(plugins) if kind is Kind.PLUGINS else _rows(kind, build_registries(plugins))
    if as_json:
        typer.echo(json.dumps(rows, indent=1, default=str))
        return
    console = Console()
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(_shown(value) for value in row.values()))
        _echo_broken(kind, plugins)
        return
    console.print(_table(rows))
    _echo_broken(kind, plugins)


def _table(rows: list[dict[str, Any]]) -> Table:
    """Return a table for the narrowest terminal: names whole, and the rest below what it is."""
    first, *_ = rows or [{"name": ""}]
    name, *rest = first
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(name, no_wrap=True, style="bold")
    table.add_column("facts", overflow="fold")
    for row in rows:
        facts = {key: _shown(row[key]) for key in rest}
        lines = [escape(facts.pop("what", ""))]
        lines += [f"[dim]{key}:[/dim] {escape(value)}" for key, value in facts.items() if value]
        table.add_row(escape(str(row[name])), "\n".join(line for line in lines if line))
    return table


def _echo_broken(kind: Kind, plugins: Plugins) -> None:
    """Say which plugins could not be loaded; the list of plugins says so in its rows."""
    if kind is not Kind.PLUGINS:
        for name, reason in plugins.broken.items():
            typer.echo(f"plugin '{name}' could not be loaded: {reason}", err=True)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}={v}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(v) for v in value)
    return "" if value is None else str(value)


def _rows(kind: Kind, registries: Registries) -> list[dict[str, Any]]:
    facts = {
        Kind.SELECTORS: _selector_facts,
        Kind.MODELS: lambda spec: {"saes": spec.saes},
        Kind.SAES: lambda spec: {
            "trained on": spec.trained_on,
            "accepts": list(spec.accepts),
        },
        Kind.TASKS: lambda spec: {"metrics": [metric.name for metric in spec.metrics]},
    }
    return [
        {
            "name": entry.spec.name,
            "what": entry.spec.summary,
            **facts[kind](entry.spec),
            "from": entry.origin,
        }
        for entry in getattr(registries, kind.value)
    ]


def _selector_facts(spec: SelectorSpec) -> dict[str, Any]:
    return {
        "kind": spec.kind,
        "needs": sorted(spec.needs),
        "cost": spec.cost,
        "parameters": parameters(spec),
        "paper": spec.paper,
        "checked against": spec.original,
    }


def _plugin_rows(plugins: Plugins) -> list[dict[str, Any]]:
    loaded = [
        {"name": name, "from": f"{origin} {version}".strip(), "state": "loaded"}
        for name, (origin, version) in plugins.origins.items()
    ]
    broken = [
        {"name": name, "from": "", "state": f"broken: {reason}"}
        for name, reason in plugins.broken.items()
    ]
    return loaded + broken
