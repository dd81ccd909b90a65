"""What plugins offer, by name: each spec with the plugin and the distribution it comes from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter, ValidationError

from igds_bench.core.names import check_name
from igds_bench.core.protocols import Selector
from igds_bench.core.specs import (
    MetricFactory,
    MetricSpec,
    ModelSpec,
    SAESpec,
    SelectorSpec,
    TaskSpec,
)
from igds_bench.errors import ConfigError, PluginError, UnknownNameError, nearest
from igds_bench.plugin.manager import Plugins
from igds_bench.plugin.spec_checks import check_metric, check_selector, check_task

SpecT = TypeVar("SpecT", SelectorSpec, ModelSpec, SAESpec, TaskSpec, MetricFactory)


@dataclass(frozen=True)
class Registered(Generic[SpecT]):
    """A spec and where it comes from."""

    spec: SpecT
    plugin: str
    """Name of the plugin, or the path or hub id that a spec was made from."""
    distribution: str
    version: str

    @property
    def origin(self) -> str:
        """Distribution and version, or the plugin's path."""
        return f"{self.distribution} {self.version}".strip() or self.plugin


class Registry(Generic[SpecT]):
    """The specs of one kind.

    Args:
        kind: what they are, for messages.
        entries: in the order they were registered.
        broken: reason by name of the plugins that could not be loaded.

    Raises:
        PluginError: two plugins register one name.
    """

    def __init__(
        self, kind: str, entries: Iterable[Registered[SpecT]], broken: Mapping[str, str]
    ) -> None:
        self.kind = kind
        self._broken = broken
        self._entries: dict[str, Registered[SpecT]] = {}
        for entry in entries:
            known = self._entries.get(entry.spec.name)
            if known is not None:
                raise PluginError(
                    f"{kind} '{entry.spec.name}' is registered twice: by plugin '{known.plugin}' "
                    f"({known.origin}) and by plugin '{entry.plugin}' ({entry.origin}). Uninstall "
                    "one of them or rename one."
                )
            self._entries[entry.spec.name] = entry

    def get(self, name: str) -> Registered[SpecT]:
        """Return the entry of a name.

        Raises:
            UnknownNameError: gives the nearest name, all names, and the plugins that failed.
        """
        if name in self._entries:
            return self._entries[name]
        raise UnknownNameError(self.unknown(name))

    def unknown(self, name: str, others: Iterable[str] = ()) -> str:
        """Return what to say of a name that there is not.

        Args:
            name: that was asked for.
            others: further names that can be asked for.
        """
        known = sorted({*self._entries, *others})
        text = (
            f"no {self.kind} is called '{name}'.{nearest(name, known)} "
            f"There are: {', '.join(known) or 'none'}."
        )
        for plugin, reason in self._broken.items():
            text += f" Plugin '{plugin}' could not be loaded: {reason}"
        return text

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[Registered[SpecT]]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)


@dataclass(frozen=True)
class Registries:
    """Everything that plugins offer."""

    selectors: Registry[SelectorSpec]
    models: Registry[ModelSpec]
    saes: Registry[SAESpec]
    tasks: Registry[TaskSpec]
    metrics: Registry[MetricFactory]
    """What task files can name, besides the metrics of ``tasks``."""


def build_registries(plugins: Plugins) -> Registries:
    """Ask every plugin what it registers.

    Raises:
        PluginError: a plugin returns something else than specs, or two register one name.
    """
    return Registries(
        Registry("selector", _walk(plugins, "selectors", SelectorSpec), plugins.broken),
        Registry("model", _walk(plugins, "models", ModelSpec), plugins.broken),
        Registry("SAE suite", _walk(plugins, "saes", SAESpec), plugins.broken),
        Registry("task", _walk(plugins, "tasks", TaskSpec), plugins.broken),
        Registry("metric", _walk(plugins, "metrics", MetricFactory), plugins.broken),
    )


def _walk(plugins: Plugins, kind: str, expected: type[SpecT]) -> Iterator[Registered[SpecT]]:
    """Pair each spec with its plugin; built-ins come first."""
    hook = f"igds_register_{kind}"
    for implementation in getattr(plugins.pm.hook, hook).get_hookimpls():
        name = implementation.plugin_name
        try:
            returned = implementation.function()
            alone = isinstance(returned, (expected, MetricSpec))
            specs = [returned] if alone else list(returned)
        except Exception as error:
            raise PluginError(
                f"plugin '{name}': {hook} failed: {type(error).__name__}: {error}"
            ) from error
        for given in specs:
            spec = _without_options(given) if expected is MetricFactory else given
            if not isinstance(spec, expected):
                wanted = expected.__name__
                wanted = f"MetricSpec or {wanted}" if expected is MetricFactory else wanted
                raise PluginError(
                    f"plugin '{name}': {hook} returned a {type(spec).__name__}; it must return "
                    f"{wanted} objects."
                )
            check_names(spec, name)
            if isinstance(spec, SelectorSpec):
                check_selector(spec)
            if isinstance(spec, TaskSpec):
                check_task(spec)
            yield Registered(spec, name, *plugins.origins[name])


def check_names(
    spec: SelectorSpec | ModelSpec | SAESpec | TaskSpec | MetricFactory, plugin: str
) -> None:
    """Refuse a spec whose name, or the name of a metric of its, no file or table can hold.

    Raises:
        PluginError: says what is allowed.
    """
    kinds = {
        SelectorSpec: "selector",
        ModelSpec: "model",
        SAESpec: "SAE suite",
        TaskSpec: "task",
        MetricFactory: "metric",
    }
    where, owned = f"plugin '{plugin}': ", isinstance(spec, ModelSpec)
    check_name(where + kinds[type(spec)], spec.name, owned=owned, error=PluginError)
    for metric in spec.metrics if isinstance(spec, TaskSpec) else ():
        check_name(f"{where}task '{spec.name}': metric", metric.name, error=PluginError)


def _without_options(given: Any) -> Any:
    """Return a registered metric as the factory of it; anything else as it is."""
    if not isinstance(given, MetricSpec):
        return given
    check_metric(given)
    return MetricFactory.of(given)


def parameters(spec: SelectorSpec) -> dict[str, Any]:
    """Return a selector's parameters with their defaults."""
    return {
        field.name: None if field.default is dataclasses.MISSING else field.default
        for field in dataclasses.fields(spec.build)
    }


def resolve_params(spec: SelectorSpec, given: Mapping[str, Any]) -> Selector:
    """Build a selector from the parameters that are given; the others take their defaults.

    Values may be text, as on a command line: ``"3"`` becomes 3 where a number is wanted, and a file
    a ``Path``.

    Raises:
        ConfigError: a parameter is unknown, missing, or has a value that is not allowed.
        PluginError: the spec's ``build`` is no dataclass with the method of its kind.
    """
    check_selector(spec)
    known = parameters(spec)
    hints = get_type_hints(spec.build, include_extras=True)
    values = {}
    for name, value in given.items():
        if name not in known:
            listed = ", ".join(f"{n}={d!r}" for n, d in known.items()) or "none"
            raise ConfigError(
                f"selector '{spec.name}' has no parameter '{name}'.{nearest(name, known)} "
                f"Its parameters: {listed}."
            )
        values[name] = _checked(spec.name, name, value, hints[name])
    required = [
        field.name
        for field in dataclasses.fields(spec.build)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    missing = [name for name in required if name not in values]
    if missing:
        raise ConfigError(
            f"selector '{spec.name}' needs the parameter '{missing[0]}': give it under `params:` "
            f"(or as -p {missing[0]}=...)."
        )
    try:
        selector: Any = spec.build(**values)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"selector '{spec.name}': {error}") from None
    return cast(Selector, selector)


def _checked(selector: str, name: str, value: Any, hint: Any) -> Any:
    try:
        found = TypeAdapter(hint).validate_python(value)
        return found.expanduser() if isinstance(found, Path) else found
    except ValidationError as error:
        messages = "; ".join(
            dict.fromkeys(
                e["msg"] for e in error.errors(include_url=False) if e["loc"] != ("none",)
            )
        )
        raise ConfigError(
            f"selector '{selector}': parameter '{name}' = {value!r}: {messages}."
        ) from None
