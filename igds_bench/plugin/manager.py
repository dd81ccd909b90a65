"""Find plugins, register each by itself, and keep the reason of every one that fails."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from igds_bench._version import __version__
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
        plugins.add(point.load(), point.name, origin)
    except PluginError as error:
        plugins.broken[point.name] = str(error)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        plugins.broken[point.name] = f"{type(error).__name__}: {error}"


def _add_local(plugins: Plugins, path: Path) -> None:
    file = path / "__init__.py" if path.is_dir() else path
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


def _explain(plugin: ModuleType, error: pluggy.PluginValidationError) -> str:
    """Return what is wrong with a plugin's hooks, with the nearest hook name."""
    known = [name for name in dir(hookspecs) if name.startswith("igds_")]
    unknown = [n for n in dir(plugin) if n.startswith("igds_") and n not in known]
    if unknown:
        return f"there is no hook `{unknown[0]}`.{nearest(unknown[0], known)}"
    return str(error).replace("\n", " ")
