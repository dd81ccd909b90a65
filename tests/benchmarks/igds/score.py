"""The benchmark of scoring a pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from igds_bench.core.data import Example
from igds_bench.features.resonance import feature_resonance_scores
from tests.benchmarks.igds import references
from tests.benchmarks.igds.outcome import Outcome, Ratio
from tests.benchmarks.igds.sizes import TOLERANCE, Size
from tests.benchmarks.igds.timing import Contender, race
from tests.benchmarks.setting import SCORED_LAYER, Setting, token_lengths


def score(setting: Setting, size: Size) -> Outcome:
    """Stage 2: the score of one feature at t*, against reading whole examples."""
    lm, examples = setting.lm, setting.sample(size.rows, "score")
    feature = next(f for f in setting.candidates(10**6) if f.layer == SCORED_LAYER)
    sae = setting.suite.load(SCORED_LAYER)

    def ours(count: int) -> Any:
        prompts = [example.prompt for example in examples[:count]]
        return feature_resonance_scores(lm, setting.suite, [feature], prompts)

    def theirs(count: int, batch: int) -> list[float]:
        return references.activations_at_end(lm, sae, feature, examples[:count], batch)

    timed = race(
        [
            Contender("ours", lambda: ours(size.rows), size.rows, lambda: ours(4)),
            Contender(
                "whole examples, padded batches of 16",
                lambda: theirs(size.padded, 16),
                size.padded,
                lambda: theirs(2, 2),
            ),
            Contender(
                "whole examples, one at a time",
                lambda: theirs(size.single, 1),
                size.single,
                lambda: theirs(1, 1),
            ),
        ],
        size.repeats,
        size.seconds,
    )
    found = Outcome("score")
    for reference, batch, target in zip(timed[1:], (16, 1), (6.0, 10.0), strict=True):
        ceilings = _score_ceilings(setting, examples, reference.units, batch)
        found.ratios.append(Ratio.of(timed[0], reference, "example", target, ceilings))
        wanted = np.array(reference.result)
        away = np.abs(timed[0].result[: len(wanted)] - wanted)
        error = (away / np.where(wanted == 0, 1.0, np.abs(wanted))).max()
        found.facts[f"largest relative difference ({reference.name})"] = f"{error:.1e}"
        if not error <= TOLERANCE:
            found.faults.append(f"scores differ by {error:.1e} from {reference.name}")
    found.facts["feature"] = f"{feature}, scores from {timed[0].result.min():.3g} to " + (
        f"{timed[0].result.max():.3g}, {float((timed[0].result > 0).mean()):.0%} above 0"
    )
    return found


def _score_ceilings(
    setting: Setting, examples: Sequence[Example], count: int, batch: int
) -> dict[str, float]:
    """Return reference FLOPs over ours, per example; padding counts for the reference alone."""
    shape, lengths = setting.shape, token_lengths(setting, examples)
    top = SCORED_LAYER
    ours = np.mean([shape.blocks(0, p, top + 1) for p, _ in lengths])
    least = np.mean([shape.blocks(0, p, top) + shape.last_of(p) for p, _ in lengths])
    theirs = 0
    for start in range(0, count, batch):
        rows = lengths[start : min(start + batch, count)]
        width = max(p + r for p, r in rows)
        each = shape.blocks(0, width, shape.layers) + shape.logits(width) + shape.encode(width)
        theirs += len(rows) * each
    return {
        "": float(theirs / count / ours),
        "with keys and values only in the last block": float(theirs / count / least),
    }
