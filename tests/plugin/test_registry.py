from types import ModuleType

import pytest

from igds_bench.core.specs import MetricSpec, ModelSpec, SAESpec, SelectorSpec, TaskSpec
from igds_bench.errors import ConfigError, PluginError
from igds_bench.plugin import hookspecs
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.markers import hookimpl
from igds_bench.plugin.registry import (
    build_registries,
    check_selector,
    parameters,
    resolve_params,
)


def test_every_hook_is_documented_in_contributing(request):
    text = (request.config.rootpath / "CONTRIBUTING.md").read_text()
    for name in dir(hookspecs):
        if name.startswith("igds_"):
            assert f"`{name}" in text


def test_every_builtin_name_is_unique_and_described(registries):
    for name in ("selectors", "models", "saes", "tasks", "metrics"):
        registry = getattr(registries, name)
        assert len(registry) == len({entry.spec.name for entry in registry})
        assert all(entry.spec.summary.endswith(".") for entry in registry)


def test_parameters_have_defaults(registries):
    assert parameters(registries.selectors.get("loss").spec) == {"direction": "low"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"top_featurs": 1}, "Did you mean 'top_features'"),
        ({"tau": "1.5"}, "less than or equal to 1"),
        ({"delta": "metrics"}, "'metric' or 'log-likelihood'"),
    ],
)
def test_a_wrong_parameter_is_refused(registries, given, message):
    with pytest.raises(ConfigError, match=message):
        resolve_params(registries.selectors.get("igds").spec, given)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"baseline": True, "control": True}, "a baseline is no control"),
        ({"baseline": True, "kind": "control"}, "a baseline is no control"),
        ({"placebo": True}, "a placebo is a control"),
    ],
)
def test_what_a_selector_is_in_a_comparison_may_not_contradict_itself(said, message):
    with pytest.raises(PluginError, match=message):
        check_selector(SelectorSpec(name="x", build=dict, summary="s", **said))


def test_a_selector_must_be_a_dataclass_with_rank():
    with pytest.raises(
        PluginError,
        match=r"must be a dataclass \(the class, not an object of it\) with a `rank` method",
    ):
        resolve_params(SelectorSpec("x", dict, "s"), {})


def task(name="t", metric="m"):
    return TaskSpec(name, "{a}", "{b}", list, (MetricSpec(metric, ("s",), list, list),))


@pytest.mark.parametrize(
    ("kind", "spec", "message"),
    [
        ("selectors", SelectorSpec("a/b", dict, "s"), "selector 'a/b'"),
        ("models", ModelSpec("a/b/c", "path"), "model 'a/b/c'"),
        ("saes", SAESpec("../s", "m"), "SAE suite '../s'"),
        ("tasks", task("org/mine"), "task 'org/mine'"),
        ("tasks", task(metric="a/b"), "task 't': metric 'a/b'"),
    ],
)
def test_a_spec_whose_name_no_file_can_hold_is_refused_with_its_plugin(kind, spec, message):
    plugin = ModuleType("named")
    setattr(plugin, f"igds_register_{kind}", hookimpl(lambda: [spec]))
    plugins = create_plugin_manager(autoload=False)
    plugins.add(plugin, "named", ("named", ""))
    with pytest.raises(PluginError, match=f"plugin 'named': {message} .* would do"):
        build_registries(plugins)
