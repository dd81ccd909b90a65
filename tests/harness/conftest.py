"""What the tests of the harness share: finished runs, which no test changes."""

import shutil

import pytest

from igds_bench.harness.run.grid import run_grid
from tests.builders.grids import controlled, grid
from tests.builders.records import contents


def finish(config, folder):
    """Run a grid; fail at the end of the session if anybody has changed its folder."""
    outcome = run_grid(config, folder)
    before = contents(folder)
    yield folder, outcome
    assert contents(folder) == before, f"a test changed {folder}: let it ask for a copy"


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The smallest grid's folder, to be read, and its outcome."""
    yield from finish(grid(), tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="session")
def finished_controlled(tmp_path_factory):
    """The folder of a grid with controls, to be read, and its outcome."""
    yield from finish(controlled(), tmp_path_factory.mktemp("controlled"))


@pytest.fixture
def first(finished, tmp_path):
    """A copy of the smallest grid's folder, to go on in."""
    return shutil.copytree(finished[0], tmp_path / "first")
