"""The stage that measures the task's features in a model, and what a record tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from igds_bench.core.features import Feature, TaskFeatures
from igds_bench.core.record import QUANTILES, Amplification, ControlActivation
from igds_bench.core.seeding import keyed_order
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.outputs.features import read_features
from igds_bench.harness.plan.cost import Cost, forward_cost, sampled_tokens
from igds_bench.harness.plan.graph import Measured, Stage
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.plan.results import Results
from igds_bench.harness.plan.workbench import Workbench

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


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
    activations = feature_activations(given.model(), suite, [*own, *controls], probe)
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


def is_measured(measured: Measured, results: Results) -> bool:
    """Return whether both a cell's model and the base were measured."""
    return results.is_done(measured.stage) and results.is_done(measured.base)


def amplification_of(
    measured: Measured, controls: Sequence[Measured], given: Inputs
) -> Amplification:
    """Set the tuned activations against the base's, on the same probe prompts.

    Args:
        measured: the task's features, in one suite.
        controls: measures of another task's features, in any suite.
        given: what the record is lent.
    """
    stage, facts = measured.stage, given.facts(measured.stage)
    own = _pair(measured, given, "task")
    found = {}
    if facts["groups"].get("random-recalled"):
        found["random-recalled"] = _control(measured, given, "random-recalled")
    for other in controls:
        if other.stage.at.saes == stage.at.saes and is_measured(other, given.results):
            found["other-task"] = _control(other, given, "task")
    return Amplification(
        saes=stage.at.saes or "",
        features=facts["groups"]["task"],
        n=facts["n"],
        **_summary(own),
        base_quantiles=_quantiles(own[0]),
        tuned_quantiles=_quantiles(own[1]),
        best_beats_null=facts["best_beats_null"],
        controls=found,
    )


def _pair(measured: Measured, given: Inputs, group: str) -> tuple[Floats, Floats]:
    """Return the summed activation of a group of features on each prompt: base, then tuned."""
    import numpy as np

    groups = given.facts(measured.stage)["groups"]
    names = [name for members in groups.values() for name in members]
    columns = [names.index(name) for name in groups[group]]
    places = given.output(measured.base), given.output(measured.stage)
    base, tuned = (np.load(place / "activations.npy")[:, columns].sum(axis=1) for place in places)
    return base, tuned


def _control(measured: Measured, given: Inputs, group: str) -> ControlActivation:
    features = given.facts(measured.stage)["groups"][group]
    return ControlActivation(features=features, **_summary(_pair(measured, given, group)))


def _summary(pair: tuple[Floats, Floats]) -> dict[str, float]:
    import numpy as np

    return {
        f"{name}_{kind}": float(value(values))
        for name, values in zip(("base", "tuned"), pair, strict=True)
        for kind, value in (("mean", np.mean), ("median", np.median))
    }


def _quantiles(values: Floats) -> list[float]:
    import numpy as np

    return [float(value) for value in np.quantile(values, QUANTILES)]


def _cost(stage: Stage, bench: Workbench) -> Cost:
    """Count a forward over the probe split's prompts."""
    assert stage.at.model is not None
    entry, probe = bench.models[stage.at.model], bench.tasks[stage.at.task].data.probe
    return forward_cost(entry, sampled_tokens(entry, probe).prompt)


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
