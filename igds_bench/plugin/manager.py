"""Find plugins, register each by itself, and keep the reason of every one that fails."""

from __future__ import annotations

import importlib.util
import logging
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from igds_bench._version import __version__
from igds_bench.core.names import check_name
from igds_bench.core.seeding import content_key
from igds_bench.errors import PluginError, nearest
from igds_bench.plugin import hookspecs
from igds_bench.plugin.markers import PROJECT

log = logging.getLogger(__name__)

BUILTIN = "igds_bench.builtin"


@dataclass
class Plugins:
    """The plugins that are loaded, where each comes from, and those that could not be."""

    pm: pluggy.PluginManager
    origins: dict[str, tuple[str, str]] = field(default_factory=dict)
    """(distribution or file, version) by plugin name."""
    broken: dict[str, str] = field(default_factory=dict)
    """Reason by plugin name."""

    def add(self, plugin: ModuleType, name: str, origin: tuple[str, str]) -> None:
        """Register a plugin and check its hooks.

        Raises:
            PluginError: it implements a hook that doesn't exist, or with arguments that it hasn't.
        """
        try:
            self.pm.register(plugin, name)
            self.pm.check_pending()
        except pluggy.PluginValidationError as error:
            if self.pm.has_plugin(name):
                self.pm.unregister(name=name)
            raise PluginError(f"plugin '{name}': {_explain(plugin, error)}") from None
        self.origins[name] = origin

    def notify(self, hook: str, **arguments: Any) -> None:
        """Call an observer hook of every plugin; an error in one is logged and stops nothing."""
        caller = getattr(self.pm.hook, hook)
        for implementation in caller.get_hookimpls():
            given = {name: arguments[name] for name in implementation.argnames}
            try:
                implementation.function(**given)
            except Exception:
                log.exception("observer %s of plugin %s failed", hook, implementation.plugin_name)


def create_plugin_manager(autoload: bool = True, extra: Iterable[str | Path] = ()) -> Plugins:
    """Load the built-in plugins, those that are installed, and local files or folders.

    Args:
        autoload: whether to load installed plugins by their entry points.
        extra: paths of local plugins; since they were asked for, a broken one is an error.

    Raises:
        PluginError: a local plugin is missing or broken.
    """
    pm = pluggy.PluginManager(PROJECT)
    pm.add_hookspecs(hookspecs)
    plugins = Plugins(pm)
    plugins.add(import_module(BUILTIN), "builtin", ("igds-bench", __version__))
    for point in metadata.entry_points(group=PROJECT) if autoload else ():
        if point.value != BUILTIN:
            _add_installed(plugins, point)
    for path in extra:
        _add_local(plugins, Path(path))
    return plugins


def _add_installed(plugins: Plugins, point: metadata.EntryPoint) -> None:
    """Load one entry point; whatever it raises is kept as the reason that it is missing."""
    dist = point.dist
    origin = (dist.name, dist.version) if dist else (point.value, "")
    try:
        check_name("plugin", point.name, error=PluginError)
        plugins.add(point.load(), point.name, origin)
    except PluginError as error:
        plugins.broken[point.name] = str(error)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        plugins.broken[point.name] = f"{type(error).__name__}: {error}"


def _add_local(plugins: Plugins, path: Path) -> None:
    file = path / "__init__.py" if path.is_dir() else path
    if path.is_dir() and not file.is_file():
        _add_project(plugins, path)
        return
    if not file.is_file():
        names = [p.name for p in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise PluginError(f"plugin {path} does not exist.{nearest(path.name, names)}")
    name = f"{path.stem}_{content_key(str(path.resolve()), length=6)}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"plugin {path} is no Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise PluginError(f"plugin {path} failed: {type(error).__name__}: {error}") from error
    plugins.add(module, str(path), (str(path), ""))


def _add_project(plugins: Plugins, folder: Path) -> None:
    """Load the entry points of a package that lies in a folder, without installing it."""
    project = _project(folder)
    modules = project.get("entry-points", {}).get(PROJECT)
    if not modules:
        raise PluginError(
            f"plugin {folder} is a folder with neither an __init__.py nor a pyproject.toml that "
            f"names entry points: add [project.entry-points.{PROJECT}], or name the module's file."
        )
    for name in modules:
        check_name(f"plugin {folder}: entry point", name, error=PluginError)
    before = list(sys.path)
    sys.path[:0] = [str(place) for place in (folder.resolve(), folder.resolve() / "src")]
    try:
        loaded = {name: import_module(module) for name, module in modules.items()}
    except Exception as error:
        raise PluginError(f"plugin {folder} failed: {type(error).__name__}: {error}") from error
    finally:
        sys.path[:] = before
    for name, module in loaded.items():
        origin = (str(folder), str(project.get("version", "")))
        if plugins.pm.is_registered(module):  # installed as well
            plugins.origins[plugins.pm.get_name(module) or name] = origin
        else:
            plugins.add(module, f"{folder}: {name}", origin)


def _project(folder: Path) -> dict[str, Any]:
    """Return the ``[project]`` table of a folder's pyproject.toml, empty where there is none."""
    try:
        text = (folder / "pyproject.toml").read_text(encoding="utf-8")
        found: dict[str, Any] = tomllib.loads(text).get("project", {})
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as error:
        raise PluginError(f"plugin {folder}: pyproject.toml can't be read: {error}") from None
    return found


def _explain(plugin: ModuleType, error: pluggy.PluginValidationError) -> str:
    """Return what is wrong with a plugin's hooks, with the nearest hook name."""
    known = [name for name in dir(hookspecs) if name.startswith("igds_")]
    unknown = [n for n in dir(plugin) if n.startswith("igds_") and n not in known]
    if unknown:
        return f"there is no hook `{unknown[0]}`.{nearest(unknown[0], known)}"
    return str(error).replace("\n", " ")
