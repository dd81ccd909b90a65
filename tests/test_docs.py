"""Every block of code on the contribution pages runs, in order, in a folder of its own.

What the pages name is there: files, and the program's verbs.
"""

import importlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.config import load_config
from igds_bench.data.task_file import task_from_yaml
from igds_bench.harness.lend import environment
from igds_bench.plugin import hookspecs
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("add-*.md"))
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
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
    """Run the tests of a module, which are parametrised once or take nothing."""
    tests = [test for name, test in vars(module).items() if name.startswith("test_")]
    assert tests, f"{module.__name__} has no test"
    for test in tests:
        marks = getattr(test, "pytestmark", [])
        for values in [given.values for given in marks[0].args[1]] if marks else [()]:
            test(*values)


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
        "add-a-stage",
        "add-a-task",
        "add-a-verb",
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


@pytest.fixture
def own_verbs(monkeypatch):
    """Let what a page adds to the program's verbs be gone afterwards."""
    monkeypatch.setattr(app, "registered_commands", list(app.registered_commands))


@pytest.mark.usefixtures("clean_checkout", "own_verbs")
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


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.stem)
def test_pages_name_files_that_are_there(text):
    told = text.read_text(encoding="utf-8")
    told = re.sub(r"^```sh.*?^```$", "", told, flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"(?<![\w/.-])(?:igds_bench|tests|tools|docs|plugins)/[\w./-]+", told))
    linked = set(re.findall(r"\]\((?!https?:)([^)#]+)", told))
    gone = [path for path in named if not (ROOT / path.rstrip(".")).exists()]
    gone += [path for path in linked if not (text.parent / path).exists()]
    assert gone == []


def test_contributing_names_every_hook_with_what_it_is_given():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    hooks = {name: f for name, f in vars(hookspecs).items() if name.startswith("igds_")}
    told = {f"{name}({', '.join(inspect.signature(f).parameters)})" for name, f in hooks.items()}
    assert set(re.findall(r"^\| `(igds_.*?\))`", text, re.MULTILINE)) == told


def test_the_readme_names_every_verb():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    verbs = {c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands}
    assert len(verbs) > 10
    assert {verb for verb in verbs if f"igds-bench {verb}" not in text} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("grid.yaml")) + EXAMPLES, ids=str)
def test_examples_are_grids(path):
    assert load_config(path).name


def change(path, diff):
    """Make the change of a file that a diff shows."""
    parts = ([line[1:] for line in diff.splitlines() if line[0] != sign] for sign in "+-")
    old, new = ("\n".join(part) for part in parts)
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))


@pytest.mark.slow
def test_the_first_hour_goes_as_written(tmp_path):
    for name in ("igds_bench", "examples", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = BLOCK.findall(text)
    (commands,) = (block for language, block in found if language == "sh")
    first, second = (block for language, block in found if language == "diff")
    (path,) = re.findall(r"one line of\n`([\w/.]+)`", text)
    installs, tests, runs = commands.splitlines()
    assert installs == "make install"

    def call(module, line, *more):
        command = [sys.executable, "-m", module, *line.split()[1:], *more]
        own = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=own)

    def computed():
        return json.loads(call("igds_bench", runs, "--json").stdout)["computed"]

    assert call("pytest", tests).returncode == 0
    counts = [computed()]
    change(tmp_path / path, first)
    assert call("pytest", tests).returncode == 1
    counts.append(computed())
    change(tmp_path / path, second)
    counts.append(computed())
    assert re.findall(r"“(\d+) cells computed”", text) == list(map(str, counts))
