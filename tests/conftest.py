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


@pytest.fixture(scope="session")
def real_tokenizer():
    """Return what gives a real tokenizer by name, or skips the test where it can't be fetched."""
    from functools import cache

    from transformers import AutoTokenizer

    return cache(lambda name: AutoTokenizer.from_pretrained(_fetched(name)))


@pytest.fixture(scope="session")
def smollm2():
    """Return the folder of SmolLM2-135M-Instruct, or skip the test where it can't be fetched."""
    return _fetched("smollm2")


def _fetched(name):
    from tests.builders.real import fetch

    try:
        return fetch.smollm2_folder() if name == "smollm2" else fetch.tokenizer_folder(name)
    except fetch.FetchError as error:
        pytest.skip(str(error))
