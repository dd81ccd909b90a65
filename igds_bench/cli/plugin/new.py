"""``igds-bench new``: scaffold a plugin package that works from the first minute."""

from __future__ import annotations

import re
from enum import StrEnum
from importlib import resources
from pathlib import Path
from string import Template
from typing import Annotated

import typer
from rich.console import Console

from igds_bench.errors import ConfigError


class PluginKind(StrEnum):
    """What the scaffolded plugin registers."""

    SELECTOR = "selector"
    MODEL = "model"
    SAE = "sae"
    TASK = "task"


def new(
    kind: Annotated[PluginKind, typer.Argument(help="What the plugin registers.")],
    name: Annotated[str, typer.Argument(help="Its name, such as my-method.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to make the package in.")] = Path(),
) -> None:
    """Make a plugin package: pyproject, module, README and tests that pass as they are."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise ConfigError(
            f"'{name}' can't be a plugin's name: use lower-case letters, digits and single "
            "hyphens, such as my-method."
        )
    folder = out / f"igds-bench-{name}"
    if folder.exists():
        raise ConfigError(f"{folder} exists already: choose another name, or another --out.")
    for path, text in scaffold(kind, name).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    console = Console()
    for line in (
        f"{folder} is made. Next:",
        f"  pip install -e {folder}",
        f"  igds-bench list {_listed(kind)}",
        f"  igds-bench check {folder}",
        f"  pytest {folder}",
    ):
        console.print(line, highlight=False, soft_wrap=True, markup=False)


def _listed(kind: PluginKind) -> str:
    return "saes" if kind is PluginKind.SAE else f"{kind.value}s"


def scaffold(kind: PluginKind, name: str) -> dict[str, str]:
    """Return the files of a new plugin package, by path."""
    module = f"igds_bench_{name.replace('-', '_')}"
    words = {
        "name": name,
        "module": module,
        "kind": kind.value,
        "listed": _listed(kind),
        "class_name": "".join(part.capitalize() for part in name.split("-")),
    }
    sources = {
        "pyproject.toml": "pyproject.toml.txt",
        "README.md": f"README_{kind.value}.md.txt",
        f"{module}.py": f"{kind.value}.py.txt",
        f"tests/test_{module}.py": f"test_{kind.value}.py.txt",
    }
    folder = resources.files("igds_bench.cli").joinpath("scaffold")
    return {
        path: Template(folder.joinpath(source).read_text(encoding="utf-8")).substitute(words)
        for path, source in sources.items()
    }
