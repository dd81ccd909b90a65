"""The stages that train and measure, and the table of what each kind of stage does.

Every function returns the facts that go into the stage's ``meta.json``. ``Execution`` gives it the
outputs of the stages it depends on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.settings import FinetuneSettings
from igds_bench.harness.plan import cost
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.stages.cut import cut_ranking, trained_on
from igds_bench.harness.stages.features import amplify, explain_features, find_features
from igds_bench.harness.stages.forward import forward
from igds_bench.harness.stages.rank import filter_pool, rank

if TYPE_CHECKING:
    from igds_bench.harness.run.execute import Execution

Meta = dict[str, Any]


def finetune(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Train the base model on the selection and keep the weights."""
    from igds_bench.finetune.config import steps_for
    from igds_bench.finetune.curves import named, tracked
    from igds_bench.finetune.train import train
    from igds_bench.finetune.weights import save_weights

    entry = run.bench.models[stage.at.model]
    pool = run.bench.tasks[stage.at.task].data.pool
    name = stage.label.split("/", 1)[1]
    settings = FinetuneSettings(**stage.params["settings"])
    settings = named(settings, run.bench.config.train, name)
    curves = run.store.root / "curves" / name.replace("/", "--")
    manifest = json.loads((run.output(stage.inputs[0]) / "manifest.json").read_text("utf-8"))
    steps = None
    if settings.match == "steps":
        counts = run.bench.token_counts(stage.at.model, stage.at.task).values()
        steps = steps_for(len(pool), settings, sum(c.prompt + c.response for c in counts))
    with run.progress.steps(f"fine-tuning {stage.label}") as report, tracked(settings, curves):
        tuned, summary = train(
            entry.language_model("base"),
            trained_on(stage.inputs[0], run).take(manifest["ids"]),
            settings,
            stage.at.training_seed or 0,
            reference_steps=steps,
            progress=report,
        )
    save_weights(tuned, folder / "weights")
    run.hold(stage, tuned)
    counted = cost.of_training(entry, summary.tokens).counted()
    return {"summary": summary.model_dump(), **counted}


def evaluate(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Generate for the test split, score it, and keep every generation."""
    from igds_bench.evaluate.lm_eval import evaluate as evaluate_model
    from igds_bench.evaluate.table import write_table

    entry, task = run.bench.models[stage.at.model], run.bench.tasks[stage.at.task]
    result = evaluate_model(
        run.model_under_test(stage),
        task.spec,
        task.data.test,
        run.bench.config.evaluation,
        progress=run.progress.track,
    )
    write_table(result.table, folder / "examples.parquet")
    counted = cost.of_evaluation(entry, task, run.bench.config.evaluation).counted()
    return {"scores": {k: v.model_dump() for k, v in result.scores.items()}, **counted}


RUN = {
    "forward": forward,
    "features": find_features,
    "filter": filter_pool,
    "explain": explain_features,
    "rank": rank,
    "cut": cut_ranking,
    "finetune": finetune,
    "evaluate": evaluate,
    "amplify": amplify,
}
"""The function of every kind of stage."""
