"""The stage that measures the task's features in the base or a tuned model."""

from __future__ import annotations

from igds_bench.core.features import Feature, TaskFeatures
from igds_bench.core.seeding import keyed_order
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.outputs.features import read_features
from igds_bench.harness.plan.cost import Cost, forward_cost, sampled_tokens
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.plan.workbench import Workbench


def amplify(given: Inputs) -> Facts:
    """Measure the task's features at t* on the probe split, in the base or a tuned model.

    Some of the other candidates, drawn by seed, are measured beside them as a control.
    """
    import numpy as np

    from igds_bench.features.resonance import feature_activations

    stage, bench = given.stage, given.bench
    assert stage.at.model is not None
    probe = bench.tasks[stage.at.task].data.probe
    found = read_features(given.output(stage.of_kind("features")[0]))
    own = found.top(stage.params["top_features"])
    controls = _others(found, own, stage.params["controls"])
    suite = bench.suite(stage.at.model, stage.at.saes or "").suite
    activations = feature_activations(given.model(), suite, [*own, *controls], probe.prompts)
    np.save(given.folder / "activations.npy", np.asarray(activations, dtype=np.float32))
    groups = {"task": [str(f) for f in own], "random-recalled": [str(f) for f in controls]}
    return {
        "groups": groups,
        "n": len(probe),
        "best_beats_null": found.best_beats_null,
        **_cost(stage, bench).counted(),
    }


def _others(found: TaskFeatures, own: tuple[Feature, ...], count: int) -> list[Feature]:
    """Draw recalled features that are not of F_task."""
    by_name = {str(c.feature): c.feature for c in found.candidates if c.feature not in own}
    return [by_name[name] for name in keyed_order(by_name, 0, "control features")[:count]]


def _cost(stage: Stage, bench: Workbench) -> Cost:
    """Count a forward over the probe split's prompts."""
    assert stage.at.model is not None
    entry, probe = bench.models[stage.at.model], bench.tasks[stage.at.task].data.probe
    return forward_cost(entry, sampled_tokens(entry, [example.prompt for example in probe]))


AMPLIFY = StageKind(
    name="amplify",
    version=2,
    run=amplify,
    cost=_cost,
    overhead=0.1,
    efficiency=0.8,
    charge="evaluation",
    measures_model=True,
    outputs=("activations.npy",),
)
