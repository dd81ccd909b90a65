"""Toys that several layers share: the embedded model, and random ones of other architectures."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# One thread for each worker, and for what tests start: before anything loads torch.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest


@pytest.fixture(scope="session")
def registries():
    from igds_bench.plugin.manager import create_plugin_manager
    from igds_bench.plugin.registry import build_registries

    return build_registries(create_plugin_manager(autoload=False))


@pytest.fixture(scope="session")
def tiny_spec(registries):
    return registries.models.get("tiny").spec


@pytest.fixture(scope="session")
def tiny_lm(tiny_spec):
    from igds_bench.modeling.load import load_language_model

    return load_language_model(tiny_spec, "base", "cpu")


@pytest.fixture(scope="session")
def tiny_suite(registries):
    from igds_bench.features.saes.suite import open_suite

    return open_suite(registries.saes.get("tiny").spec)


@pytest.fixture(scope="session")
def tiny_math(registries):
    return registries.tasks.get("tiny-math").spec


@pytest.fixture(scope="session")
def math_data(tiny_math):
    from igds_bench.data.splits import load_task_data

    return load_task_data(tiny_math)
