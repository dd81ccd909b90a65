"""Toys that several layers share: the embedded model, and random ones of other architectures."""

import os
from functools import cache

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
def real_folder():
    """Return what gives the folder of a real tokenizer or model, or skips where it can't be had."""
    from tests.builders.real import fetch

    @cache
    def attempt(name):
        try:
            return fetch.folder_of(name), None
        except fetch.FetchError as error:
            return None, str(error)

    def folder_of(name):
        folder, problem = attempt(name)
        if problem:
            pytest.skip(problem)
        return folder

    return folder_of


@pytest.fixture(scope="session")
def real_tokenizer(real_folder):
    """Return what gives a real tokenizer by name."""
    from transformers import AutoTokenizer

    return cache(lambda name: AutoTokenizer.from_pretrained(real_folder(name)))


@pytest.fixture(scope="session")
def smollm2(real_folder):
    """Return SmolLM2-135M-Instruct, loaded in float32 on the CPU."""
    from igds_bench.core.specs import ModelSpec
    from igds_bench.modeling.load import load_language_model
    from tests.builders.real import fetch

    folder = str(real_folder(fetch.MODEL))
    return load_language_model(ModelSpec("smollm2", folder), "base", "cpu")
