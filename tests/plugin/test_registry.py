import pytest

from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import ConfigError, PluginError
from igds_bench.plugin import hookspecs
from igds_bench.plugin.registry import parameters, resolve_params


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


def test_a_selector_must_be_a_dataclass_with_rank():
    with pytest.raises(
        PluginError,
        match=r"must be a dataclass \(the class, not an object of it\) with a `rank` method",
    ):
        resolve_params(SelectorSpec("x", dict, "s"), {})
