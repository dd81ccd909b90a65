"""Every block of code on the contribution pages runs, in order, in a folder of its own."""

import importlib
import re
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.config import load_config
from igds_bench.data.task_file import task_from_yaml
from igds_bench.harness.lend import environment
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries

PAGES = sorted((Path(__file__).parents[1] / "docs").glob("add-*.md"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def _named(text):
    """Return the file that a block's first line names."""
    first = text.split("\n", 1)[0]
    assert first.startswith("# "), f"a block must begin with the name of its file: {first!r}"
    return Path(first[2:].strip())


def run_python(text):
    path = _named(text)
    path.write_text(text)
    sys.modules.pop(path.stem, None)
    importlib.invalidate_caches()
    module = importlib.import_module(path.stem)
    if path.stem.startswith("test_"):
        _run_tests(module)


def _run_tests(module):
    """Run the tests of a module, which are parametrised by one argument each."""
    ran = 0
    for name, test in vars(module).items():
        for mark in getattr(test, "pytestmark", []) if name.startswith("test_") else []:
            for given in mark.args[1]:
                test(*given.values)
                ran += 1
    assert ran, f"{module.__name__} has no parametrised test"


def run_yaml(text):
    path = _named(text)
    path.write_text(text)
    assert isinstance(yaml.safe_load(text), dict)
    if "models" in yaml.safe_load(text):
        load_config(path)
    else:
        task_from_yaml(path.resolve(), build_registries(create_plugin_manager(extra=plugins())))


def plugins():
    """Return the plugins that a page has written so far."""
    return [path for path in Path().glob("*.py") if "@hookimpl" in path.read_text()]


def run_shell(text):
    for line in text.strip().splitlines():
        program, *arguments = line.split()
        assert program == "igds-bench", line
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, f"{line}\n{result.output}\n{result.exception!r}"


RUN = {"python": run_python, "yaml": run_yaml, "sh": run_shell}


def test_there_is_a_page_for_everything_that_can_be_added():
    assert {page.stem for page in PAGES} == {
        "add-a-leaderboard-entry",
        "add-a-metric",
        "add-a-model",
        "add-a-section",
        "add-a-selector",
        "add-a-task",
        "add-an-sae-suite",
    }


@pytest.fixture
def clean_checkout(monkeypatch):
    """Make records say that they come from a clean checkout, as a reader of a page has."""
    answers = {"rev-parse": "0" * 40, "status": ""}
    monkeypatch.setattr(environment, "_git", lambda *arguments: answers[arguments[0]])
    environment.describe_environment.cache_clear()
    yield
    environment.describe_environment.cache_clear()


@pytest.mark.usefixtures("clean_checkout")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    found = blocks(page)
    assert found
    before = set(sys.modules)
    try:
        for language, text in found:
            assert language in RUN, f"{page.name}: nothing runs a block of '{language}'"
            RUN[language](text)
    finally:
        for path in tmp_path.glob("*.py"):
            sys.modules.pop(path.stem, None) if path.stem not in before else None
