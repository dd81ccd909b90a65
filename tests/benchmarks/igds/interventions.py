"""The benchmarks of interventions: generations and log-likelihoods."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from igds_bench.core.data import Example
from igds_bench.core.features import Feature
from igds_bench.core.seeding import keyed_order
from igds_bench.core.specs import MetricSpec, TaskSpec
from igds_bench.features.interventions.arms import Arm
from igds_bench.features.interventions.effects import Effects, Measure, measure_effects
from tests.benchmarks.flops import Shape
from tests.benchmarks.igds import references
from tests.benchmarks.igds.outcome import Outcome, Ratio
from tests.benchmarks.igds.sizes import TOLERANCE, Size
from tests.benchmarks.igds.timing import Contender, Timed, race
from tests.benchmarks.setting import GSM8K, SEED, Setting, token_lengths

UNDECIDED = 1e-4
"""Gap of the two best logits below which either token is a right one."""


def _digest(text: str) -> float:
    return float(int(hashlib.sha256(text.encode()).hexdigest()[:12], 16))


TEXT = MetricSpec(
    "text",
    ("digest",),
    lambda predictions, _: np.array([[_digest(text)] for text in predictions]),
    lambda sums: sums[..., 0],
    bounds=(0.0, 2.0**48),
)
"""A number for every text: another text has another value."""


def _effects(
    setting: Setting,
    features: Sequence[Feature],
    examples: Sequence[Example],
    new_tokens: int | None,
) -> Effects:
    """Ask for what is compared and nothing else."""
    task: TaskSpec = replace(GSM8K, metrics=(TEXT,))
    measure = Measure(task, new_tokens, with_loglik=not new_tokens)
    arms = [Arm(feature) for feature in features]
    return measure_effects(setting.lm, setting.suite, arms, examples, measure)


def interventions(setting: Setting, size: Size) -> Outcome:
    """Stage 1b by generated text, against transformers' own generation under a hook."""
    lm, examples = setting.lm, setting.sample(size.samples, "dev")
    features = setting.candidates(size.arms)
    numbers = range(len(features) + 1)
    pairs = _drawn([(a, s) for a in numbers for s in range(len(examples))], size.pairs, "pairs")
    chosen = _drawn(list(range(len(features))), size.features, "features")
    saes = setting.suite.saes

    def own(number: int) -> Feature | None:
        return features[number] if number < len(features) else None

    def generate(number: int, samples: Sequence[Example], length: int) -> Any:
        return references.generate(lm, saes, own(number), samples, length)

    def one_by_one(count: int, length: int) -> dict[tuple[int, int], Any]:
        return {(a, s): generate(a, [examples[s]], length)[0] for a, s in pairs[:count]}

    def by_feature(length: int) -> dict[tuple[int, int], Any]:
        found = {}
        for a in chosen:
            texts = generate(a, examples, length)
            found |= {(a, s): text for s, text in enumerate(texts)}
        return found

    length, total = size.new_tokens, len(numbers) * len(examples)
    timed = race(
        [
            Contender(
                "ours",
                lambda: _effects(setting, features, examples, length),
                total,
                lambda: _effects(setting, features[:2], examples[:2], 2),
            ),
            Contender(
                "one feature and one sample at a time",
                lambda: one_by_one(len(pairs), length),
                len(pairs),
                lambda: one_by_one(1, 2),
            ),
            Contender(
                "one feature at a time, its samples in a batch",
                lambda: by_feature(length),
                len(chosen) * len(examples),
                lambda: one_by_one(1, 2),
            ),
        ],
        size.repeats,
        size.seconds,
    )
    ceilings = _generation_ceilings(
        setting.shape, token_lengths(setting, examples), len(numbers), size
    )
    found = Outcome("interventions")
    for reference, target, ceiling in zip(timed[1:], (8.0, 1.8), ceilings, strict=True):
        name = {"with every prompt read once": ceiling}
        found.ratios.append(Ratio.of(timed[0], reference, "output", target, name))
    originals = generate(len(features), examples, length)
    _compare_texts(found, timed, originals, len(features))
    found.facts["request"] = (
        f"{len(features)} features x {len(examples)} samples x {length} new tokens, and the "
        "original run"
    )
    return found


def _drawn(items: list[Any], count: int, purpose: str) -> list[Any]:
    named = {str(item): item for item in items}
    return [named[name] for name in keyed_order(named, SEED, purpose)[:count]]


def _compare_texts(
    found: Outcome, timed: Sequence[Timed], originals: Sequence[references.Generated], arms: int
) -> None:
    """Compare every text that a reference generated, by what it changes of the metric."""
    metric = timed[0].result.metric
    undecided, compared = 0, 0
    for reference in timed[1:]:
        for (arm, sample), text in reference.result.items():
            if arm == arms:
                continue
            compared += 1
            original = originals[sample]
            wanted = _digest(text.text) - _digest(original.text)
            if metric[arm, sample] == wanted:
                continue
            if min(text.gap, original.gap) < UNDECIDED:
                undecided += 1
                continue
            found.faults.append(f"feature {arm}, sample {sample}: wanted {text.text!r}")
    changed = float((metric != 0).mean())
    found.facts["texts compared"] = f"{compared}, of these other ones by a tie: {undecided}"
    found.facts["texts that amplification changes"] = f"{changed:.0%}"
    texts = getattr(timed[0].result, "texts", ())
    if texts:
        found.facts["share of a text that is the original's"] = f"{_common(texts):.0%}"
    if changed == 0 or compared == 0:
        found.faults.append("no text is changed, so the comparison would see nothing")


def _common(texts: Sequence[Sequence[str]]) -> float:
    """Return the mean share of an amplified text that repeats the original's start."""
    shares = []
    for row in texts[:-1]:
        for text, original in zip(row, texts[-1], strict=True):
            pairs = list(zip(text, original, strict=False))
            same = next((i for i, (a, b) in enumerate(pairs) if a != b), len(pairs))
            shares.append(same / max(len(text), 1))
    return float(np.mean(shares))


def _generation_ceilings(
    shape: Shape, lengths: Sequence[tuple[int, int]], arms: int, size: Size
) -> tuple[float, float]:
    """Return FLOPs of both references over ours; ``arms`` counts the original run."""
    new = size.new_tokens
    widest = max(p for p, _ in lengths)

    def steps(prompt: int) -> int:
        return shape.blocks(prompt - 1, prompt - 1 + new, shape.layers) + shape.logits(new)

    def read(prompt: int) -> int:
        return shape.blocks(0, prompt - 1, shape.layers)

    ours = sum(read(p) + arms * steps(p) for p, _ in lengths)
    single = sum(arms * (read(p) + steps(p) + shape.encode(new)) for p, _ in lengths)
    batched = len(lengths) * arms * (read(widest) + steps(widest) + shape.encode(new))
    return single / ours, batched / ours


def loglik(setting: Setting, size: Size) -> Outcome:
    """Stage 1b by log-likelihood, against whole forwards under a hook per feature."""
    lm, examples = setting.lm, setting.sample(size.loglik_samples, "dev")
    features = setting.candidates(size.loglik_arms)
    chosen = _drawn(list(range(len(features))), size.loglik_features, "features")
    saes = setting.suite.saes

    def read(feature: Feature | None, samples: Sequence[Example]) -> Any:
        return np.array(references.log_likelihoods(lm, saes, feature, samples))

    total = (len(features) + 1) * len(examples)
    timed = race(
        [
            Contender(
                "ours",
                lambda: _effects(setting, features, examples, None),
                total,
                lambda: _effects(setting, features[:2], examples[:2], None),
            ),
            Contender(
                "prompt and response in full for every feature, batches of 16",
                lambda: {number: read(features[number], examples) for number in chosen},
                len(chosen) * len(examples),
                lambda: read(features[0], examples[:2]),
            ),
        ],
        size.repeats,
        size.seconds,
    )
    original = read(None, examples)
    ours = timed[0].result.loglik
    error = max(
        np.abs(ours[number] - (values - original)).max()
        for number, values in timed[1].result.items()
    )
    layers = [feature.layer for feature in features]
    ceilings = _loglik_ceilings(setting.shape, token_lengths(setting, examples), layers)
    found = Outcome("loglik")
    found.ratios.append(Ratio.of(timed[0], timed[1], "response", 2.0, ceilings))
    found.facts["request"] = (
        f"{len(features)} features x {len(examples)} responses, and the original run"
    )
    found.facts["largest difference"] = f"{error:.1e} nats per token"
    found.facts["largest effect"] = f"{np.abs(ours).max():.2g} nats per token"
    found.facts["effects of exactly 0"] = f"{float((ours == 0).mean()):.0%}"
    if not error <= TOLERANCE:
        found.faults.append(f"log-likelihoods differ by {error:.1e}")
    if np.abs(ours).max() < 10 * TOLERANCE:
        found.faults.append("no effect is large enough for the comparison to see anything")
    return found


def _loglik_ceilings(
    shape: Shape, lengths: Sequence[tuple[int, int]], layers: Sequence[int]
) -> dict[str, float]:
    """Return the reference's FLOPs over ours, the blocks below a feature shared or not."""
    arms = len(layers) + 1
    theirs = 0
    for start in range(0, len(lengths), 16):
        rows = lengths[start : start + 16]
        width = max(p + r for p, r in rows)
        each = shape.blocks(0, width, shape.layers) + shape.logits(width)
        theirs += arms * sum(each + shape.encode(r) for _, r in rows)
    above = sum(shape.layers - layer - 1 for layer in layers)
    once = apart = shared = 0
    for p, r in lengths:
        once += shape.blocks(0, p - 1, shape.layers)
        apart += arms * (shape.blocks(p - 1, p - 1 + r, shape.layers) + shape.logits(r))
        shared += shape.blocks(p - 1, p - 1 + r, shape.layers + above) + arms * shape.logits(r)
    return {
        "with every prompt read once": theirs / (once + apart),
        "with the blocks below a feature shared too": theirs / (once + shared),
    }
