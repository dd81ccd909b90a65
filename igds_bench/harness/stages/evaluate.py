"""The stage that generates for the test split and scores it."""

from __future__ import annotations

from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.plan.cost import Cost, forward_cost, sampled_tokens
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.plan.workbench import Workbench
from igds_bench.metrics.sampled import sampled_metrics


def evaluate(given: Inputs) -> Facts:
    """Generate for the test split, score it, and keep every generation."""
    from igds_bench.evaluate.benchmark import measure
    from igds_bench.evaluate.lm_eval import evaluate as evaluate_model
    from igds_bench.evaluate.table import write_table

    task, settings = given.bench.tasks[given.stage.at.task], given.bench.config.evaluation
    lm = given.model()
    as_chat = task.spec.writes_chats(task.chats, lm.tokenizer)
    if task.spec.benchmark is not None:
        result = measure(lm, task.spec, task.data.test, settings, as_chat)
    else:
        progress = given.progress.track
        result = evaluate_model(lm, task.spec, task.data.test, settings, progress, as_chat)
    write_table(result.table, given.folder / "examples.parquet")
    counted = _cost(given.stage, given.bench).counted()
    decoding = {
        "max_new_tokens": task.spec.test_tokens,
        "stop": list(task.spec.stop),
        "end_tokens": [lm.tokenizer.decode([token]) for token in lm.end_tokens],
    }
    scores = {name: score.model_dump() for name, score in result.scores.items()}
    return {"scores": scores, "decoding": decoding, **counted}


def _cost(stage: Stage, bench: Workbench) -> Cost:
    """Count generating for the test split, samples included, and scoring its responses."""
    assert stage.at.model is not None
    entry, task = bench.models[stage.at.model], bench.tasks[stage.at.task]
    settings = bench.config.evaluation
    test = list(task.data.test)[: settings.limit]
    tokens = sampled_tokens(entry, test)
    drawn = settings.samples if sampled_metrics(task.spec.tested, settings.samples) else None
    passes = 2 + (drawn.n if drawn else 0)
    size = 200 * passes * len(test)
    answers = tokens.response
    if task.spec.benchmark is not None:  # its documents may have no answer of a known length
        answers = len(test) * max(1, task.spec.test_tokens)
    return forward_cost(entry, passes * (tokens.prompt + answers), disk_bytes=size)


EVALUATE = StageKind(
    name="evaluate",
    version=1,
    run=evaluate,
    cost=_cost,
    overhead=0.7,
    charge="evaluation",
    measures_model=True,
    outputs=("examples.parquet",),
)
