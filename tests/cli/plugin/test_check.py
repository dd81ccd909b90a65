import json
import sys

import pytest
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.errors import ConfigError, PluginError
from tests.builders.program import run


def test_check_takes_a_path_however_it_is_written(tmp_path, monkeypatch):
    run("new", "model", "my-thing", "--out", tmp_path)
    monkeypatch.chdir(tmp_path)
    for path in ("./igds-bench-my-thing/", "./igds-bench-my-thing/igds_bench_my_thing.py"):
        sys.modules.pop("igds_bench_my_thing", None)
        assert run("check", path).exit_code == 0, path


BACKWARDS = """
from dataclasses import dataclass

from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.plugin import hookimpl


@dataclass(frozen=True)
class Backwards:
    def rank(self, pool, context):
        ranking = Ranking.by_score({e.id: float(len(e.response)) for e in pool}, context.seed)
        return Ranking(ranking.ids, ranking.scores, higher_is_better=False)


@hookimpl
def igds_register_selectors():
    return [SelectorSpec("backwards", Backwards, "Longest first, it says lowest.")]
"""


@pytest.fixture
def plugin(tmp_path):
    (tmp_path / "plugin.py").write_text(BACKWARDS)
    return str(tmp_path / "plugin.py")


def check(plugin, *options):
    return CliRunner().invoke(app, ["check", plugin, *options])


def test_a_failure_is_named_with_its_check_and_an_expected_one_with_its_reason(plugin):
    found = check(plugin)
    assert found.exit_code == 1
    assert "follows_its_direction" in found.output
    found = check(plugin, "--expect-failure", "backwards:follows_its_direction=joke")
    assert found.exit_code == 0
    assert "1 failed as expected, all others passed" in found.output
    assert "joke" in found.output


def test_an_expected_failure_that_passes_fails(plugin):
    expected = ("backwards:follows_its_direction=joke", "backwards:ignores_order=clock")
    options = [part for text in expected for part in ("--expect-failure", text)]
    found = check(plugin, "--json", *options)
    assert found.exit_code == 1
    problems = {o["check"]: o["problem"] for o in json.loads(found.stdout) if o["problem"]}
    assert problems == {"ignores_order": "expected to fail (clock) and passes: remove it."}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("ignores_order=x", ConfigError, "write SELECTOR:CHECK=REASON"),
        ("backwards:ignores_order", ConfigError, "write SELECTOR:CHECK=REASON"),
        ("backward:ignores_order=x", PluginError, "Did you mean 'backwards'"),
        ("backwards:ignores=x", PluginError, "check 'ignores' is expected to fail and does not"),
    ],
)
def test_an_expected_failure_of_nothing_is_refused(plugin, text, error, message):
    found = check(plugin, "--expect-failure", text)
    assert isinstance(found.exception, error)
    assert message in str(found.exception)
