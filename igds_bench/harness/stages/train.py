"""The stage that fine-tunes a model on a selection."""

from __future__ import annotations

from igds_bench.core.names import path_name
from igds_bench.core.settings import FinetuneSettings
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.plan.cost import Cost, training_cost
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.plan.workbench import Workbench
from igds_bench.harness.stages.cut import read_manifest


def finetune(given: Inputs) -> Facts:
    """Train the base model on the selection and keep the weights."""
    from igds_bench.finetune.curves import named, tracked
    from igds_bench.finetune.train import train
    from igds_bench.finetune.weights import save_weights

    at, bench = given.stage.at, given.bench
    assert at.model is not None
    entry, cut = bench.models[at.model], given.stage.inputs[0]
    settings = FinetuneSettings(**given.stage.params["settings"])
    settings = named(settings, bench.config.train, at.name)
    curves = given.store.root / "curves" / path_name(*at.parts)
    chosen = bench.trained_on(at.task, cut.at.selector).take(read_manifest(given, cut)["ids"])
    with (
        given.progress.steps(f"fine-tuning {given.stage.label}") as report,
        tracked(settings, curves),
    ):
        tuned, summary = train(
            entry.language_model("base"),
            chosen,
            settings,
            at.training_seed or 0,
            reference_steps=_reference_steps(given, settings),
            progress=report,
        )
    save_weights(tuned, given.folder / "weights")
    given.tuned.hold(given.output(given.stage), tuned)
    return {"summary": summary.model_dump(), **training_cost(entry, summary.tokens).counted()}


def _reference_steps(given: Inputs, settings: FinetuneSettings) -> int | None:
    """Return the steps that the whole pool takes, where every budget is to take as many."""
    from igds_bench.finetune.config import steps_for

    if settings.match != "steps":
        return None
    at = given.stage.at
    assert at.model is not None
    return steps_for(given.bench.trained_lengths(at.model, at.task), settings)


def _cost(stage: Stage, bench: Workbench) -> Cost:
    """Count training on the budget's share of the pool, or on the whole pool for equal steps."""
    assert stage.at.model is not None and stage.at.budget is not None
    counts = bench.token_counts(stage.at.model, stage.at.task).values()
    total, budget = sum(c.prompt + c.response for c in counts), stage.at.budget
    if stage.params["settings"]["match"] == "steps":
        share = 1.0
    elif budget.kind == "tokens":
        share = budget.amount / total
    else:
        share = (budget.count(len(counts)) or 0) / len(counts)
    trained = bench.trained_lengths(stage.at.model, stage.at.task).tokens
    tokens = round(trained * share * bench.config.train.epochs)
    return training_cost(bench.models[stage.at.model], tokens)


FINETUNE = StageKind(
    name="finetune",
    version=1,
    run=finetune,
    cost=_cost,
    overhead=1.0,
    efficiency=0.3,
    charge="training",
    outputs=("weights",),
    transient=("weights",),
)
