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

from igds_bench.errors import ConfigError, PluginError, nearest
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import Registered, build_registries

if TYPE_CHECKING:
    from igds_bench.testing import Outcome

Expected = dict[str, dict[str, str]]
"""Reason by selector and check."""


def check(
    plugin: Annotated[
        str, typer.Argument(help="A plugin file or folder, an installed distribution, or builtin.")
    ],
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Check this selector alone; repeatable.")
    ] = None,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            "--expect-failure",
            metavar="SELECTOR:CHECK=REASON",
            help="A check that is known to fail, and why; repeatable.",
        ),
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
    expected = _expected(expect or [], [entry.spec.name for entry in selectors])
    found = list(_selectors(selectors, expected, console))
    if not only:
        found += check_others(wanted["models"], wanted["saes"], wanted["tasks"], wanted["metrics"])
    if as_json:
        typer.echo(json.dumps([outcome.__dict__ for outcome in found], indent=1))
    else:
        _print(found, console)
    if any(outcome.problem for outcome in found):
        raise typer.Exit(1)


def _selectors(
    entries: list[Registered[Any]], expected: Expected, console: Console
) -> Iterator[Outcome]:
    from igds_bench.testing import run_checks

    for entry in entries:
        name = entry.spec.name
        with console.status(f"checking {name}"):
            yield from run_checks(entry.spec, expected_failures=expected.get(name))


def _expected(texts: list[str], names: list[str]) -> Expected:
    """Return the reasons of expected failures, by selector and check.

    Raises:
        ConfigError: a text is not of the form ``SELECTOR:CHECK=REASON``.
        PluginError: the plugin has no such selector.
    """
    found: dict[str, dict[str, str]] = {}
    for text in texts:
        place, _, reason = text.partition("=")
        selector, _, check = place.partition(":")
        if not (selector and check and reason.strip()):
            raise ConfigError(
                f"--expect-failure {text}: write SELECTOR:CHECK=REASON, such as "
                "my-method:ignores_batches='sums in half precision'."
            )
        found.setdefault(selector, {})[check] = reason.strip()
    _refuse_unknown(list(found), names)
    return found


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
        known = [outcome for outcome in own if outcome.expected]
        passed = str(len(own) - len(bad) - len(known))
        table.add_row(escape(name), passed, f"[red]{len(bad)}[/red]" if bad else "0", "")
        for line in (*map(_known, known), *_problems(bad)):
            table.add_row("", "", "", escape(line))
    console.print(table)
    failed = sum(bool(outcome.problem) for outcome in outcomes)
    expected = sum(bool(outcome.expected) for outcome in outcomes)
    state = f"[red]{failed} failed[/red]" if failed else "[green]all passed[/green]"
    if expected and not failed:
        state = "[green]all others passed[/green]"
    more = f"{expected} failed as expected, " if expected else ""
    console.print(f"{len(outcomes)} checks, {more}{state}", highlight=False)


def _known(outcome: Outcome) -> str:
    return f"{outcome.check} fails, as expected: {outcome.expected}"


def _problems(bad: list[Outcome]) -> Iterator[str]:
    """Yield each problem once, with the check that stops at it."""
    for problem in dict.fromkeys(outcome.problem for outcome in bad):
        same = [outcome for outcome in bad if outcome.problem == problem]
        first = f"{same[0].check}: " * bool(same[0].check) + same[0].promise
        yield f"{first if len(same) == 1 else f'{len(same)} checks stop at this:'} {problem}"
