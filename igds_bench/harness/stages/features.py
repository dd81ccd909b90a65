"""The stages that find a task's features, and say what they are about."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

from igds_bench.core.explanation import ExplainSettings
from igds_bench.core.features import FeatureSettings
from igds_bench.core.names import path_name
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.lend.meter import Meter
from igds_bench.harness.outputs.features import features_path, read_features
from igds_bench.harness.plan.cost import Cost, forward_cost, sampled_tokens
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.plan.workbench import Workbench
from igds_bench.harness.store import write_text

ASSUMED_CANDIDATES = 50
"""Recalled features that a plan assumes (16 to 515 in arXiv 2604.25167, 23 to 66 embedded)."""
BRANCHED = 0.7
"""Share of the plain loop's work that interventions do, which branch off the original run; found
with the embedded tasks, where a feature's layer and the outputs' common start decide it."""
log = logging.getLogger(__name__)


def find_features(given: Inputs) -> Facts:
    """Find the task's features: recall, then interventions."""
    from igds_bench.features.find import find_task_features

    at, bench = given.stage.at, given.bench
    assert at.model is not None
    task, settings = bench.tasks[at.task], FeatureSettings(**given.stage.params["settings"])
    lm = bench.models[at.model].language_model(settings.role)
    with Meter() as meter:
        found = find_task_features(
            meter.watch(lm),
            bench.suite(at.model, at.saes or "").suite,
            task.spec,
            task.data.target,
            settings,
            progress=given.progress.track,
        )
    if not found.helps:
        log.warning(
            "%s: no feature helps: no Delta is above 0; the best are ranked all the same "
            "(`require_positive: true` refuses)",
            given.stage.label,
        )
    (given.folder / "features.json").write_text(found.model_dump_json(indent=1), encoding="utf-8")
    return {"candidates": len(found.candidates), **meter.facts()}


def explain_features(given: Inputs) -> Facts:
    """Say what the task's features are about."""
    from igds_bench.features.explain import Explainer
    from igds_bench.features.find import suite_for

    at, bench = given.stage.at, given.bench
    assert at.model is not None
    task, suite = bench.tasks[at.task], bench.suite(at.model, at.saes or "")
    found = read_features(given.output(given.stage.inputs[0]))
    explainer = Explainer(
        bench.models[at.model].language_model(found.settings.role),
        suite_for(suite.suite, found.settings),
        task.spec,
        task.data.target,
        found,
        ExplainSettings(**given.stage.params["explain"]),
        given.progress.track,
    )
    explanation = explainer.explain(task.data.pool)
    text = explanation.model_dump_json(indent=1)
    (given.folder / "explanation.json").write_text(text, "utf-8")
    return {"explained": len(explanation.features)}


def publish_features(given: Inputs) -> None:
    """Put the table of features beside the records, with what is measured of the suite."""
    at, root = given.stage.at, given.store.root
    place = features_path(given.stage, root)
    if not place.exists():
        found = json.loads((given.output(given.stage) / "features.json").read_text("utf-8"))
        where = {"model": at.model, "task": at.task, "saes": at.saes}
        write_text(place, json.dumps({**where, **found}, indent=1))
    assert at.model is not None
    spec = given.bench.suite(at.model, at.saes or "").spec
    if spec.folder is not None and (spec.folder / "suite.json").exists():
        measured = json.loads((spec.folder / "suite.json").read_text("utf-8"))
        text = json.dumps({"name": spec.name, **measured}, indent=1)
        write_text(root / "saes" / f"{path_name(spec.name)}.json", text)


def publish_explanation(given: Inputs) -> None:
    """Put an explanation beside the table of the features that it explains."""
    features = given.stage.inputs[0]
    publish_features(replace(given, stage=features))
    place = features_path(features, given.store.root)
    found = json.loads(place.read_text("utf-8"))
    text = (given.output(given.stage) / "explanation.json").read_text("utf-8")
    whole = json.dumps({**found, "explanation": json.loads(text)}, indent=1)
    if whole != place.read_text("utf-8"):
        write_text(place, whole)


def _features_cost(stage: Stage, bench: Workbench) -> Cost:
    """Estimate finding the features, of an assumed number of candidates."""
    assert stage.at.model is not None
    entry, task = bench.models[stage.at.model], bench.tasks[stage.at.task]
    wanted, target = FeatureSettings(**stage.params["settings"]), task.data.target
    dev, prior = target.dev[: wanted.m_dev], target.prior[: wanted.n_prior]
    responses = sampled_tokens(entry, target.dev).response
    room = wanted.max_new_tokens or task.spec.max_new_tokens
    length = min(room, responses // len(target.dev))
    runs = (1 + ASSUMED_CANDIDATES + wanted.null_directions) * len(dev)
    passes = 2 if wanted.delta == "metric" else 1
    prefill = sampled_tokens(entry, prior).prompt + sampled_tokens(entry, dev).prompt
    return forward_cost(entry, prefill + round(runs * length * passes * BRANCHED))


def _explain_cost(stage: Stage, bench: Workbench) -> Cost:
    """Count explaining features: amplified runs, the pool's prompts, other prior samples."""
    assert stage.at.model is not None
    entry, data = bench.models[stage.at.model], bench.tasks[stage.at.task].data
    wanted, settings = ExplainSettings(**stage.params["explain"]), bench.config.amplification
    chosen = list(data.target.dev)[: settings.m_dev]
    dev, responses = sampled_tokens(entry, chosen)
    arms = wanted.features * (len(wanted.multipliers) + 1)
    tokens = sampled_tokens(entry, data.pool).prompt + 2 * dev + 2 * arms * responses
    tokens += wanted.prior_sets * settings.n_prior * dev // max(1, len(chosen))
    return forward_cost(entry, tokens)


FEATURES = StageKind(
    name="features",
    version=2,
    run=find_features,
    cost=_features_cost,
    overhead=2.0,
    efficiency=0.85,
    charge="selection",
    outputs=("features.json",),
    publish=publish_features,
)
EXPLAIN = StageKind(
    name="explain",
    version=1,
    run=explain_features,
    cost=_explain_cost,
    overhead=2.0,
    outputs=("explanation.json",),
    publish=publish_explanation,
)
