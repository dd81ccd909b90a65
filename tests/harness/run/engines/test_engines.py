"""A plan is all that an engine needs: other processes and other orders give the same records."""

import json
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from igds_bench.config import parse_config
from igds_bench.harness.run.grid import run_grid
from tests.builders.two_processes import run_apart

SELECTORS = ["random", "loss", "ifd", "k-center", "rds-plus", "igds", "igds-bottom"]
GRID = {
    "name": "apart",
    "models": ["tiny"],
    "tasks": ["tiny-math"],
    "selectors": SELECTORS,
    "budgets": ["2%"],
    "references": ["base", "full"],
    "train": {"sft": {"max_steps": 2, "learning_rate": 1e-3}},
    "evaluation": {"limit": 8},
    "amplification": {"delta": "log-likelihood", "m_dev": 8, "n_prior": 20, "null_directions": 2},
    "explain": None,
    "threads": 1,
}
MEASURED = ("seconds", "estimated_seconds", "peak_memory_bytes", "reused")
"""Of a phase, what depends on the machine and on who came first."""


def records(folder):
    """Return every record of a run without what was measured of the machine."""
    found = {}
    for path in (folder / "records").glob("*.json"):
        record = json.loads(path.read_text())
        del record["created"], record["environment"]
        for phase in record["phases"]:
            for name in MEASURED:
                del phase[name]
        found[path.stem] = record
    return found


@pytest.mark.slow
def test_stages_run_in_other_processes_in_any_order_give_the_same_records(tmp_path):
    here = tmp_path / "here"
    assert run_grid(parse_config(GRID), here).failed == []
    ran = run_apart(GRID, tmp_path / "apart", seed=0)
    apart = records(tmp_path / "apart")
    assert len(apart) == len(SELECTORS) + 2
    assert apart == records(here)
    assert max(Counter(ran).values()) == 1
    # Nothing ran that the other run did not need, and nothing is left over.
    folders = {
        run: {path.relative_to(tmp_path / run) for path in (tmp_path / run).glob("stages/*/*")}
        for run in ("here", "apart")
    }
    assert folders["here"] == folders["apart"]
    assert not list((tmp_path / "apart").glob("stages/finetune/*/weights"))
    assert not list((tmp_path / "apart").glob("unfinished/*/*"))


def run_part(folder, only):
    """Run a part of the grid in this process; return why cells failed."""
    return [record.reason for record in run_grid(parse_config(GRID), folder, only=only).failed]


@pytest.mark.slow
def test_processes_that_want_the_same_forward_at_once_all_succeed(tmp_path):
    parts = ["--loss--", "--k-center--"]
    with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
        failed = list(pool.map(run_part, [tmp_path] * len(parts), parts))
    assert failed == [[], []]
    assert not list((tmp_path / "records" / "failed").glob("*"))
    assert len(list((tmp_path / "records").glob("*.json"))) == len(parts)
    assert not list((tmp_path / "unfinished").glob("*/*/*"))
