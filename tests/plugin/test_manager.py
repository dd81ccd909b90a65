import logging
import subprocess
import sys
import textwrap

import pytest

from igds_bench.errors import PluginError, UnknownNameError
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries, resolve_params

SELECTOR = """
from dataclasses import dataclass
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.plugin import hookimpl

@dataclass(frozen=True)
class First:
    depth: int = 1
    def rank(self, pool, context):
        return Ranking(pool.ids)

@hookimpl
def igds_register_selectors():
    return [SelectorSpec(name="{name}", build=First, summary="s")]
"""


def write(tmp_path, text, name="plug.py"):
    path = tmp_path / name
    path.write_text(textwrap.dedent(text))
    return path


def registries(*paths):
    return build_registries(create_plugin_manager(autoload=False, extra=paths))


def test_a_local_file_is_a_plugin(tmp_path):
    path = write(tmp_path, SELECTOR.format(name="first"))
    entry = registries(path).selectors.get("first")
    assert entry.origin == str(path)
    assert resolve_params(entry.spec, {"depth": "4"}).depth == 4


def test_a_local_folder_is_a_plugin(tmp_path):
    folder = tmp_path / "pack"
    folder.mkdir()
    write(folder, SELECTOR.format(name="second"), "__init__.py")
    assert registries(folder).selectors.get("second").spec.summary == "s"


PYPROJECT = """
[project]
name = "igds-bench-third"
version = "2.1"
[project.entry-points.igds_bench]
third = "third_plug"
"""


@pytest.mark.parametrize("place", [".", "src"])
def test_a_package_that_is_not_installed_is_a_plugin(tmp_path, place, monkeypatch):
    monkeypatch.delitem(sys.modules, "third_plug", raising=False)
    (tmp_path / place).mkdir(exist_ok=True)
    write(tmp_path, PYPROJECT, "pyproject.toml")
    write(tmp_path / place, SELECTOR.format(name="third"), "third_plug.py")
    before = list(sys.path)
    assert registries(tmp_path).selectors.get("third").origin == f"{tmp_path} 2.1"
    assert sys.path == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "neither an __init__.py nor a pyproject.toml that names entry points"),
        ("[project", r"pyproject\.toml can't be read"),
        (PYPROJECT.replace("third_plug", "no_such_plug"), "No module named 'no_such_plug'"),
    ],
)
def test_a_folder_that_is_no_plugin_says_what_it_lacks(tmp_path, text, message):
    if text:
        write(tmp_path, text, "pyproject.toml")
    with pytest.raises(PluginError, match=message):
        registries(tmp_path)


def test_a_duplicate_name_is_an_error_that_names_both(tmp_path):
    path = write(tmp_path, SELECTOR.format(name="random"))
    with pytest.raises(
        PluginError, match=r"'random' is registered twice: by plugin 'builtin'.*plug\.py"
    ):
        registries(path)


def test_a_misspelt_hook_names_the_nearest(tmp_path):
    text = SELECTOR.format(name="x").replace(
        "def igds_register_selectors", "def igds_register_selector"
    )
    with pytest.raises(PluginError, match="Did you mean 'igds_register_selectors'"):
        registries(write(tmp_path, text))


def test_a_wrong_argument_of_a_hook_is_an_error(tmp_path):
    text = "from igds_bench.plugin import hookimpl\n@hookimpl\ndef igds_cell_finished(cel):\n    pass\n"
    with pytest.raises(PluginError, match="cel"):
        registries(write(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [("import no_such_module", "ModuleNotFoundError"), ("raise ValueError('why')", "why")],
)
def test_a_broken_local_plugin_says_why(tmp_path, text, message):
    with pytest.raises(PluginError, match=message):
        registries(write(tmp_path, text))


def test_a_missing_local_plugin_names_the_nearest(tmp_path):
    write(tmp_path, "", "selector.py")
    with pytest.raises(PluginError, match=r"Did you mean 'selector\.py'"):
        registries(tmp_path / "selectr.py")


def test_what_is_no_spec_is_refused(tmp_path):
    text = "from igds_bench.plugin import hookimpl\n@hookimpl\ndef igds_register_tasks():\n    return ['x']\n"
    with pytest.raises(PluginError, match="returned a str; it must return TaskSpec"):
        registries(write(tmp_path, text))


def test_a_broken_installed_plugin_is_kept_with_its_reason(tmp_path, monkeypatch):
    info = tmp_path / "broken_plug-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plug\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[igds_bench]\nbroken = broken_plug\n")
    write(tmp_path, "import no_such_module", "broken_plug.py")
    monkeypatch.syspath_prepend(tmp_path)
    plugins = create_plugin_manager()
    assert "no_such_module" in plugins.broken["broken"]
    with pytest.raises(
        UnknownNameError, match=r"'broken' could not be loaded: ModuleNotFoundError"
    ):
        build_registries(plugins).selectors.get("from-broken")


def test_an_unknown_name_gives_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'longest'"):
        registries().selectors.get("longst")


def test_an_observer_that_fails_stops_nothing(tmp_path, caplog):
    text = """
    from igds_bench.plugin import hookimpl
    seen = []
    @hookimpl
    def igds_stage_started(stage):
        raise RuntimeError("observer trouble")
    """
    plugins = create_plugin_manager(autoload=False, extra=[write(tmp_path, text)])
    with caplog.at_level(logging.ERROR):
        plugins.notify("igds_stage_started", stage=None)
    assert "observer trouble" in caplog.text


def test_registries_are_built_without_a_framework():
    code = (
        "import sys; from igds_bench.plugin.manager import create_plugin_manager as c;"
        "from igds_bench.plugin.registry import build_registries as b; b(c());"
        "import igds_bench.cli.app;"
        "print([m for m in ('torch', 'transformers', 'trl', 'lm_eval', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
