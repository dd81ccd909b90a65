"""Score a long pool with a small model and print what it took: ``python -m ... ROWS``."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from igds_bench.core.features import Feature
from igds_bench.core.specs import SAESpec
from igds_bench.features import resonance
from igds_bench.features.resonance import feature_resonance_scores
from igds_bench.harness.memory import PeakMemory
from tests.benchmarks.setting import HeldSuite, random_llama, random_sae

FEATURE = Feature(1, 5)


class LazyPrompts(Sequence[str]):
    """Prompts that are made when they are asked for."""

    def __init__(self, numbers: range) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, place: Any) -> Any:
        """Return the prompt at a place; of a slice, a sequence as lazy as this one."""
        if isinstance(place, slice):
            return LazyPrompts(self._numbers[place])
        number = self._numbers[place]
        return f"Tom has {number % 977} and Anna {number} dogs. How many?\n Solution:"


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
    pool = LazyPrompts(range(rows))
    feature_resonance_scores(lm, suite, [FEATURE], pool[:64])
    before = _resident()
    first = PeakMemory("cpu")
    if rows > 4 * resonance.SHARD:
        with first:
            feature_resonance_scores(lm, suite, [FEATURE], pool[: resonance.SHARD])
    begun = time.perf_counter()
    with PeakMemory("cpu") as whole:
        scores = feature_resonance_scores(lm, suite, [FEATURE], pool)
    seconds = time.perf_counter() - begun
    places = np.random.default_rng(0).choice(rows, 16, replace=False)
    alone = [feature_resonance_scores(lm, suite, [FEATURE], [pool[int(i)]])[0] for i in places]
    return {
        "pool": "prompts made lazily, one slice at a time",
        "before": before,
        "first_peak": None if first.peak is None else first.peak - before,
        "peak": (whole.peak or 0) - before,
        "shard": resonance.SHARD,
        "seconds": seconds,
        "error": float(np.abs(scores[places] - alone).max()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(int(sys.argv[1]))) + "\n")
