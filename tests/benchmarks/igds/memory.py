"""Memory: SAEs alive while layers are searched, and bytes per example of a long pool."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from igds_bench.core.specs import SAESpec
from igds_bench.features.recall import recall_features
from igds_bench.features.saes.suite import SAESuite
from tests.benchmarks.igds.outcome import Outcome
from tests.benchmarks.setting import random_llama, random_sae

LAYERS, SAE_WIDTH = 26, 16_384
"""Shape of the suite that is searched, as Gemma Scope's of Gemma 2 2B."""
SMALL_POOL, FULL_POOL = 20_000, 1_000_000


@dataclass(frozen=True)
class CountingSuite(SAESuite):
    """Makes a random SAE whenever one is asked for, and counts how many others are alive."""

    made: list[weakref.ref[Any]] = field(default_factory=list)
    alive: list[int] = field(default_factory=list)

    def load(self, layer: int, device: torch.device | str = "cpu") -> Any:
        """Make one layer's SAE."""
        self.alive.append(sum(sae() is not None for sae in self.made))
        sae = random_sae(64, SAE_WIDTH, layer)
        self.made.append(weakref.ref(sae))
        return sae


def memory(pool: int) -> Outcome:
    """Stage 1a over many layers, and stage 2 over a long pool."""
    found = Outcome("memory")
    _count_saes(found)
    _measure_pool(found, pool)
    return found


def _count_saes(found: Outcome) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lm = random_llama(Path(folder), layers=LAYERS, width=64, heads=4)
    suite = CountingSuite(SAESpec(name="counted", trained_on=lm.name), tuple(range(LAYERS)))
    recalled = recall_features(lm, suite, [f"What is {n} plus 3?" for n in range(8)], 0.8)
    layers = {one.feature.layer for one in recalled}
    most = max(suite.alive)
    found.facts[f"other SAEs alive at each of {len(suite.alive)} loads, stage 1a"] = (
        f"at most {most} (width {SAE_WIDTH:,}; features found in {len(layers)} layers)"
    )
    if most > 1:
        found.faults.append(f"{most} SAEs were alive while another was loaded")
    if len(suite.alive) != LAYERS or len(layers) != LAYERS:
        found.faults.append(f"only {len(layers)} of {LAYERS} layers were searched")


def _measure_pool(found: Outcome, rows: int) -> None:
    """Score the pool in a process of its own, whose peak is that of the scoring alone."""
    command = [sys.executable, "-m", "tests.benchmarks.igds.pool_memory", str(rows)]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        found.faults.append(f"the pool was not scored: {done.stderr.strip()[-500:]}")
        return
    facts = json.loads(done.stdout.splitlines()[-1])
    found.facts[f"resident peak above the model, stage 2 over {rows:,} prompts"] = (
        f"{facts['peak'] / 2**20:.1f} MiB, {facts['peak'] / rows:.0f} bytes per example "
        f"({facts['pool']}; {facts['seconds']:.0f} s)"
    )
    found.facts["resident before scoring"] = f"{facts['before'] / 2**20:.0f} MiB"
    if facts["error"] > 1e-4:
        found.faults.append(f"scores of the pool differ by {facts['error']:.1e} from those alone")
