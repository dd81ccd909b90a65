"""Read, score and rank a long pool with a small model, and print what it took: ``python -m ... ROWS``."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from igds_bench.core.features import Feature
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SAESpec, TaskSpec
from igds_bench.data.examples import RowReader
from igds_bench.data.read import iter_rows
from igds_bench.data.table import pool_on_disk
from igds_bench.features.resonance import feature_resonance_scores
from igds_bench.harness.lend.memory import PeakMemory
from tests.benchmarks.setting import HeldSuite, random_llama, random_sae

FEATURE = Feature(1, 5)


TASK = TaskSpec("rows", "{prompt}", "{response}", lambda split: (), ())
WORDS = "the worked answer goes on for a while, as it does in a pool of real examples; " * 6
"""Makes a response of about 500 characters."""


def _write_pool(rows: int, folder: Path) -> Path:
    """Write a JSONL file of short prompts and longer responses."""
    path = folder / "pool.jsonl"
    with path.open("w", encoding="utf-8") as lines:
        for number in range(rows):
            prompt = f"Tom has {number % 977} and Anna {number} dogs. How many?\n Solution:"
            row = {"prompt": prompt, "response": f"{WORDS}{number}", "source": "made"}
            lines.write(json.dumps(row) + "\n")
    return path


def _resident() -> int:
    line = next(
        row
        for row in Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        if row.startswith("VmRSS")
    )
    return int(line.split()[1]) * 1024


def measure(rows: int) -> dict[str, Any]:
    """Score ``rows`` prompts and return peak, time and how far some scores are off."""
    with tempfile.TemporaryDirectory() as folder:
        lm = random_llama(Path(folder), layers=2, width=64, heads=4)
    saes = {FEATURE.layer: random_sae(64, 512, FEATURE.layer)}
    suite = HeldSuite(SAESpec(name="random", trained_on=lm.name), tuple(saes), saes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = _write_pool(rows, folder)
        feature_resonance_scores(lm, suite, [FEATURE], ["warm up \n Solution:"] * 64)
        before = _resident()
        begun = time.perf_counter()
        with PeakMemory("cpu") as whole:
            examples = RowReader(TASK, path.name).examples(iter_rows(path))
            pool = pool_on_disk(examples, folder, path.name)
            scores = feature_resonance_scores(lm, suite, [FEATURE], pool.prompts)
            ranking = Ranking.by_score(dict(zip(pool.ids, scores.tolist(), strict=True)), 0)
        seconds = time.perf_counter() - begun
        size = path.stat().st_size
        prompts = pool.prompts
        places = np.random.default_rng(0).choice(rows, 16, replace=False)
        alone = [
            feature_resonance_scores(lm, suite, [FEATURE], [prompts[int(i)]])[0] for i in places
        ]
    assert len(ranking.ids) == rows
    return {
        "pool": f"read from a JSONL file of {size / 1e6:.0f} MB, kept on disk, scored and ranked",
        "before": before,
        "peak": (whole.peak or 0) - before,
        "seconds": seconds,
        "error": float(np.abs(scores[places] - alone).max()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))) + "\n")
