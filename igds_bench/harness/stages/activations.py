"""The stages that choose features from a task's table, and read what they do over a pool."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from igds_bench.core.features import Feature, FeatureSettings
from igds_bench.core.protocols import UsesActivations
from igds_bench.core.seeding import content_key
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.lend.meter import Meter
from igds_bench.harness.outputs.features import read_features
from igds_bench.harness.plan.cost import Cost, forward_cost, nothing
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.plan.workbench import Workbench


def choose(given: Inputs) -> Facts:
    """Ask a selector which of the task's features it scores with; equal choices are read once."""
    selector, settings = _selector(given.stage, given.bench)
    found = read_features(given.output(given.stage.inputs[0]))
    with Meter() as meter:
        chosen = selector.chosen(found, settings, given.stage.params["seed"])
    pairs = [[feature.layer, feature.index] for feature in chosen]
    (given.folder / "chosen.json").write_text(json.dumps(pairs), encoding="utf-8")
    fingerprint = content_key("features", pairs)
    return {"fingerprint": fingerprint, "count": len(pairs), **meter.facts()}


def activations(given: Inputs) -> Facts:
    """Read the activation of each chosen feature at t* of every prompt, (examples, features)."""
    from igds_bench.features.find import suite_for
    from igds_bench.features.resonance import feature_activations

    stage, bench = given.stage, given.bench
    assert stage.at.model is not None
    features = _read_chosen(given.output(stage.inputs[0]))
    _, settings = _selector(stage.inputs[0], bench)
    suite = bench.suite(stage.at.model, stage.at.saes or "").suite
    lm = bench.models[stage.at.model].language_model(stage.params["role"])
    with given.unfinished() as shards, Meter() as meter:
        found = feature_activations(
            meter.watch(lm),
            suite_for(suite, settings),
            features,
            bench.tasks[stage.at.task].data.pool,
            given.progress.track,
            shards,
        )
        np.save(given.folder / "activations.npy", found)
    names = [str(feature) for feature in features]
    return {"features": names, "rows": len(found), **meter.facts()}


def _selector(choose: Stage, bench: Workbench) -> tuple[UsesActivations, FeatureSettings]:
    """Return the selector that chooses, and the settings by which it finds features."""
    selector = bench.contenders[choose.at.selector or ""].selector
    return selector, selector.feature_settings(bench.config.amplification)


def _read_chosen(folder: Path) -> list[Feature]:
    pairs = json.loads((folder / "chosen.json").read_text("utf-8"))
    return [Feature(layer, index) for layer, index in pairs]


def _cost(stage: Stage, bench: Workbench) -> Cost:
    """Count a forward over the pool's prompts."""
    assert stage.at.model is not None
    counts = bench.token_counts(stage.at.model, stage.at.task).values()
    return forward_cost(bench.models[stage.at.model], sum(count.prompt for count in counts))


CHOOSE = StageKind(
    name="choose",
    version=1,
    run=choose,
    cost=nothing,
    charge="selection",
    outputs=("chosen.json",),
    identity="fingerprint",
)
ACTIVATIONS = StageKind(
    name="activations",
    version=2,
    run=activations,
    cost=_cost,
    overhead=0.2,
    efficiency=0.3,
    charge="selection",
    outputs=("activations.npy",),
)
