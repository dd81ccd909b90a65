"""Scaffolds of plugins."""

import json
import os
import subprocess
import sys

import pytest

from igds_bench.cli.plugin.new import PluginKind, scaffold
from igds_bench.errors import ConfigError, IgdsError
from tests.builders.program import run


@pytest.mark.parametrize("kind", list(PluginKind))
def test_a_scaffold_passes_its_own_tests_and_is_registered(kind, tmp_path):
    assert run("new", kind.value, "my-thing", "--out", tmp_path).exit_code == 0
    folder = tmp_path / "igds-bench-my-thing"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout
    listed = "saes" if kind is PluginKind.SAE else f"{kind.value}s"
    rows = json.loads(
        run("list", listed, "--json", "--plugin", folder / "igds_bench_my_thing.py").output
    )
    assert "my-thing" in [row["name"] for row in rows]
    sys.modules.pop("igds_bench_my_thing", None)  # of another kind's scaffold
    rows = json.loads(run("list", listed, "--json", "--plugin", folder).output)
    assert (str(folder) + " 0.1.0") in [row["from"] for row in rows if row["name"] == "my-thing"]


def test_a_scaffold_does_not_overwrite_and_wants_a_plain_name(tmp_path):
    run("new", "task", "a", "--out", tmp_path)
    for name, message in (("a", "exists already"), ("Ä b", "lower-case letters")):
        result = run("new", "task", name, "--out", tmp_path)
        assert isinstance(result.exception, ConfigError)
        assert message in str(result.exception)


def test_scaffolds_name_what_they_register():
    files = scaffold(PluginKind.SELECTOR, "my-way")
    assert 'my-way = "igds_bench_my_way"' in files["pyproject.toml"]
    assert "class MyWay:" in files["igds_bench_my_way.py"]


@pytest.mark.parametrize("name", ["", "-a", "a-", "a--b", "A", "1a", "a_b", "../up", "a/b"])
def test_a_name_that_can_not_be_a_package_makes_nothing(name, tmp_path):
    result = run("new", "selector", "--out", tmp_path / "made", "--", name)
    assert isinstance(result.exception, IgdsError)
    assert not (tmp_path / "made").exists()
