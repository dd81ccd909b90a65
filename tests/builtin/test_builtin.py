"""The registered models, suites and tasks, as far as they can be checked without their weights."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from igds_bench.builtin import tiny
from igds_bench.data.splits import load_task_data
from igds_bench.data.task_file import task_from_yaml
from tests.builders.data.hub_sets import COMMIT, snapshot


def test_sae_lens_knows_every_release_and_every_id(registries):
    from sae_lens.loading.pretrained_saes_directory import get_pretrained_saes_directory

    directory = get_pretrained_saes_directory()
    released = [entry.spec for entry in registries.saes if entry.spec.release]
    assert len(released) == 3
    for spec in released:
        known = directory[spec.release]
        assert set(spec.ids.values()) <= set(known.saes_map)
        assert known.model.split("/")[-1].lower() in spec.trained_on.lower()


def test_every_model_names_a_registered_suite_that_accepts_it(registries):
    for entry in registries.models:
        suite = registries.saes.get(entry.spec.saes).spec
        names = {suite.trained_on, *suite.accepts}
        assert {entry.spec.name, entry.spec.path} & names
        assert entry.spec.probe in names or entry.spec.name == "tiny"


def test_no_revision_is_made_up(registries):
    assert all(entry.spec.revision is None for entry in registries.models)


@pytest.mark.parametrize("name", ["tiny-math", "tiny-summarization", "tiny-translation"])
def test_both_pools_of_a_task_share_their_target_splits(registries, name):
    first, second = (load_task_data(registries.tasks.get(n).spec) for n in (name, f"{name}-b"))
    assert first.test.fingerprint == second.test.fingerprint
    assert first.pool.fingerprint != second.pool.fingerprint
    for data, task in ((first, name), (second, f"{name}-b")):
        sources = {example.source for example in data.pool}
        assert sources == set(registries.tasks.get(task).spec.quality)


def offline(code: str, home: Path) -> str:
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_a_hub_model_loads_offline_from_the_cache_and_says_its_commit(tmp_path):
    shutil.copytree(tiny.MODEL, snapshot(tmp_path / "hub", "models", "owner/name"))
    code = (
        "from igds_bench.core.specs import ModelSpec\n"
        "from igds_bench.modeling.load import *\n"
        "spec = ModelSpec('m', 'owner/name')\n"
        "lm = load_language_model(spec)\n"
        "print(resolve_revision('owner/name'), lm.n_layers, load_model_shape(spec)[2])\n"
    )
    assert offline(code, tmp_path) == f"{COMMIT} 4 1024"


@pytest.mark.skipif(
    "IGDS_BENCH_GSM8K" not in os.environ, reason="names a folder with GSM8K's files"
)
def test_the_real_gsm8k_reads_as_the_example_says(tmp_path, request):
    example = request.config.rootpath / "examples" / "gsm8k" / "task.yaml"
    shutil.copy(example, tmp_path)
    (tmp_path / "data").symlink_to(os.environ["IGDS_BENCH_GSM8K"])
    task = task_from_yaml(tmp_path / "task.yaml")
    data = load_task_data(task)
    assert (len(data.pool), len(data.test)) == (6717, 1319)
    first = json.loads((tmp_path / "data" / "test.jsonl").read_text().splitlines()[0])
    own = task.metric.statistics([first["answer"]], [first["answer"]])
    assert task.metric.from_sums(own[0]) == 100.0
