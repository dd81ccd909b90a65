"""A model, data and one whole pass of LESS; all of them only read."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest

from igds_bench.core.data import Pool, TargetSet
from igds_bench.modeling.load import load_language_model
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries
from igds_bench.data.splits import load_task_data
from less_builders import SMALL, TASKS, lend


@pytest.fixture(scope="session")
def registries():
    return build_registries(create_plugin_manager(autoload=False))


@pytest.fixture(scope="session")
def lm(registries):
    return load_language_model(registries.models.get("tiny").spec, "base", "cpu")


@pytest.fixture(scope="session")
def data(registries):
    return {name: load_task_data(registries.tasks.get(name).spec) for name in TASKS}


@pytest.fixture(scope="session")
def pool(data):
    return Pool(example for name in TASKS for example in data[name].target.tune[:8])


@pytest.fixture(scope="session")
def target(data):
    prior = data["tiny-math"].target.prior
    return TargetSet(Pool(prior[:4]), Pool(prior[4:6]), Pool([]))


@pytest.fixture
def context(lm, target, tmp_path):
    return lend(lm, target, tmp_path)


@pytest.fixture(scope="session")
def whole(lm, target, pool, tmp_path_factory):
    """A pass that nothing interrupts: its context, and its ranking."""
    context = lend(lm, target, tmp_path_factory.mktemp("whole"))
    return context, SMALL.rank(pool, context)
