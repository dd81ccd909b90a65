"""Lists of what is registered."""

import io
import json

import pytest
from rich.console import Console

from igds_bench.cli.plugin import list as listing
from igds_bench.errors import PluginError
from igds_bench.plugin.manager import create_plugin_manager
from tests.builders.program import run


@pytest.mark.parametrize("kind", ["selectors", "models", "saes", "tasks", "metrics", "plugins"])
def test_lists_are_tables_or_json(kind):
    names = [row["name"] for row in json.loads(run("list", kind, "--json").output)]
    assert names
    plain = run("list", kind).output
    assert all(f"{name}\t" in plain for name in names)


def test_a_broken_local_plugin_is_an_error_with_its_reason(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("1 / 0\n")
    result = run("list", "selectors", "--plugin", path)
    assert isinstance(result.exception, PluginError)
    assert "mine.py failed: ZeroDivisionError" in str(result.exception)
    path.write_text(
        "from igds_bench.plugin import hookimpl\n\n\n@hookimpl\ndef igds_register_tsks():\n    return []\n"
    )
    result = run("list", "selectors", "--plugin", path)
    assert "Did you mean 'igds_register_tasks'?" in str(result.exception)


def test_a_broken_installed_plugin_is_named_and_the_rest_is_listed(monkeypatch):
    def with_broken(extra=()):
        plugins = create_plugin_manager(autoload=False, extra=extra)
        plugins.broken["torn"] = "ImportError: no [such] module"
        return plugins

    monkeypatch.setattr(listing, "create_plugin_manager", with_broken)
    result = run("list", "tasks")
    assert result.exit_code == 0
    assert "tiny-math\t" in result.stdout
    assert "plugin 'torn' could not be loaded: ImportError: no [such] module" in result.stderr
    assert "torn" not in run("list", "tasks", "--json").stdout
    assert "torn\t\tbroken: ImportError: no [such] module" in run("list", "plugins").stdout


def test_a_list_of_selectors_shows_every_name_whole_in_a_narrow_terminal():
    rows = json.loads(run("list", "selectors", "--json").output)
    console = Console(width=60, file=io.StringIO(), force_terminal=True, color_system=None)
    console.print(listing._table(rows))
    lines = [line.split(" ")[0] for line in console.file.getvalue().splitlines()]
    assert [name for name in lines if name] == [row["name"] for row in rows]
    assert "…" not in console.file.getvalue()
