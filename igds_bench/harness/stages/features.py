"""The stages that read SAE features: finding them, explaining them, measuring tuned models."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.explanation import ExplainSettings
from igds_bench.core.features import Feature, FeatureSettings, TaskFeatures
from igds_bench.core.seeding import keyed_order
from igds_bench.harness.lend.meter import Meter
from igds_bench.harness.plan import cost
from igds_bench.harness.plan.graph import Stage

if TYPE_CHECKING:
    from igds_bench.harness.run.execute import Execution

Meta = dict[str, Any]
log = logging.getLogger(__name__)


def find_features(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Find the task's features: recall, then interventions."""
    from igds_bench.features.find import find_task_features

    entry = run.bench.models[stage.at.model]
    task = run.bench.tasks[stage.at.task]
    suite = run.bench.suite(stage.at.model, stage.at.saes or "")
    settings = FeatureSettings(**stage.params["settings"])
    lm = entry.language_model(settings.role)
    with Meter() as meter:
        found = find_task_features(
            meter.watch(lm),
            suite.suite,
            task.spec,
            task.data.target,
            settings,
            progress=run.progress.track,
        )
    if not found.helps:
        log.warning(
            "%s: no feature helps: no Delta is above 0; the best are ranked all the same "
            "(`require_positive: true` refuses)",
            stage.label,
        )
    (folder / "features.json").write_text(found.model_dump_json(indent=1), encoding="utf-8")
    return {"candidates": len(found.candidates), **meter.facts()}


def explain_features(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Say what the task's features are about."""
    from igds_bench.features.explain import Explainer
    from igds_bench.features.find import suite_for

    entry = run.bench.models[stage.at.model]
    task = run.bench.tasks[stage.at.task]
    suite = run.bench.suite(stage.at.model, stage.at.saes or "")
    found = read_features(run.output(stage.inputs[0]))
    explainer = Explainer(
        entry.language_model(found.settings.role),
        suite_for(suite.suite, found.settings),
        task.spec,
        task.data.target,
        found,
        ExplainSettings(**stage.params["explain"]),
        run.progress.track,
    )
    explanation = explainer.explain(task.data.pool)
    (folder / "explanation.json").write_text(explanation.model_dump_json(indent=1), "utf-8")
    return {"explained": len(explanation.features)}


def amplify(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Measure the task's features at t* on the probe split, in the base or a tuned model.

    Some of the other candidates, drawn by seed, are measured beside them as a control.
    """
    import numpy as np

    from igds_bench.features.resonance import feature_activations

    entry, task = run.bench.models[stage.at.model], run.bench.tasks[stage.at.task]
    suite = run.bench.suite(stage.at.model, stage.at.saes or "")
    found = read_features(run.output(stage.inputs[-1]))
    own = found.top(stage.params["top_features"])
    controls = _others(found, own, stage.params["controls"])
    activations = feature_activations(
        run.model_under_test(stage), suite.suite, [*own, *controls], task.data.probe.prompts
    )
    np.save(folder / "activations.npy", np.asarray(activations, dtype=np.float32))
    groups = {"task": [str(f) for f in own], "random-recalled": [str(f) for f in controls]}
    return {
        "groups": groups,
        "n": len(task.data.probe),
        "best_beats_null": found.best_beats_null,
        **cost.of_amplification(entry, task).counted(),
    }


def _others(found: TaskFeatures, own: tuple[Feature, ...], count: int) -> list[Feature]:
    """Draw recalled features that are not of F_task."""
    by_name = {str(c.feature): c.feature for c in found.candidates if c.feature not in own}
    return [by_name[name] for name in keyed_order(by_name, 0, "control features")[:count]]


def read_features(folder: Path) -> TaskFeatures:
    """Read a ``features`` stage's output."""
    return TaskFeatures.model_validate_json((folder / "features.json").read_text("utf-8"))
