"""What each kind of stage does: read its inputs, compute, and fill its folder.

Every function returns the facts that go into the stage's ``meta.json``. ``Execution`` gives it the
outputs of the stages it depends on.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.data import Pool
from igds_bench.core.grid import TARGET_ONLY
from igds_bench.core.seeding import keyed_uniform
from igds_bench.core.selection import Ranking, check_ranking, cut
from igds_bench.errors import StageError
from igds_bench.harness import cost
from igds_bench.harness.context import Context
from igds_bench.harness.feature_stages import amplify, explain_features, find_features
from igds_bench.harness.graph import Stage

if TYPE_CHECKING:
    from igds_bench.harness.execute import Execution

Meta = dict[str, Any]


def rank(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Let a selector rank the pool; check its answer and keep it."""
    task = run.bench.tasks[stage.at.task]
    pool = task.data.pool
    if stage.at.selector in run.bench.contenders:
        ranking, counted = _rank_contender(stage, run)
    else:
        ranking, counted = _oracle(pool, task.spec.quality, stage.params["seed"]), {}
    check_ranking(ranking, pool, min(stage.limit, len(pool)), stage.at.selector or "")
    previous = run.previous_ranking(stage)
    if previous is not None and ranking.ids[: len(previous.ids)] != previous.ids:
        raise StageError(
            f"selector '{stage.at.selector}' ranked differently for a larger limit: its ranking of "
            f"{len(ranking.ids)} does not begin with its ranking of {len(previous.ids)}."
        )
    write_ranking(ranking, folder)
    return {"length": len(ranking.ids), "notes": dict(ranking.notes), **counted}


def _rank_contender(stage: Stage, run: Execution) -> tuple[Ranking, Meta]:
    contender = run.bench.contenders[stage.at.selector or ""]
    model, task = stage.at.model, stage.at.task
    spec = contender.spec
    context = Context(
        spec=spec,
        seed=stage.params["seed"],
        limit=stage.limit,
        _model=run.bench.models[model],
        _task=run.bench.tasks[task],
        _suite=run.bench.suite(model, stage.at.saes) if stage.at.saes else None,
        _features=lambda settings: run.features_of(stage, settings),
        _defaults=run.bench.config.amplification,
        _store=run.store,
        _progress=run.progress,
        _tokens=lambda: run.bench.token_counts(model, task),
        _ranking=lambda label: run.ranking_of(stage, label),
    )
    pool = run.bench.tasks[task].data.pool.visible(spec.reads)
    ranking = contender.selector.rank(pool, context)
    if not isinstance(ranking, Ranking):
        raise StageError(
            f"selector '{spec.name}' returned {type(ranking).__name__} instead of a Ranking."
        )
    return ranking, cost.of_ranking(run.bench, stage).counted()


def _oracle(pool: Pool, quality: tuple[str, ...], seed: int) -> Ranking:
    """Order by declared source quality, best first; within a source in seeded random order."""
    level = {source: position for position, source in enumerate(quality)}

    def order(id_: str) -> tuple[int, float]:
        source = pool.by_id(id_).source
        return level.get(source, len(level)), keyed_uniform(seed, "oracle", id_)

    clean = sum(example.source == quality[0] for example in pool)
    return Ranking(tuple(sorted(pool.ids, key=order)), notes={"clean_supply": clean})


def write_ranking(ranking: Ranking, folder: Path) -> None:
    """Keep a ranking with its scores as JSON."""
    data = {
        "ids": list(ranking.ids),
        "scores": {id_: score if score == score else None for id_, score in ranking.scores.items()},
        "higher_is_better": ranking.higher_is_better,
        "notes": dict(ranking.notes),
        "unranked": dict(ranking.unranked),
    }
    (folder / "ranking.json").write_text(json.dumps(data, indent=0), encoding="utf-8")


def read_ranking(folder: Path) -> Ranking:
    """Read what ``write_ranking`` kept."""
    data = json.loads((folder / "ranking.json").read_text(encoding="utf-8"))
    scores = {id_: float("nan") if s is None else s for id_, s in data.pop("scores").items()}
    return Ranking(ids=tuple(data.pop("ids")), scores=scores, **data)


def cut_ranking(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Cut a ranking at the budget; the manifest keeps the ids in order."""
    pool = _trained_on(stage, run)
    if stage.inputs:
        ranking = read_ranking(run.output(stage.inputs[0]))
    else:
        ranking = Ranking(tuple(sorted(pool.ids)))
    counts = run.bench.token_counts(stage.at.model, stage.at.task, pool)
    assert stage.at.budget is not None
    chosen = cut(
        ranking,
        stage.at.budget,
        len(pool),
        lambda ids: [counts[id_].prompt + counts[id_].response for id_ in ids],
    )
    manifest = {
        "fingerprint": chosen.fingerprint,
        "task": stage.at.task,
        "pool": pool.fingerprint,
        "selector": stage.at.selector,
        "budget": stage.at.budget.label,
        "ids": list(chosen.ids),
        "rows": [pool.by_id(id_).row for id_ in chosen.ids],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    n = len(chosen.ids)
    supply = ranking.notes.get("clean_supply")
    return {
        "fingerprint": chosen.fingerprint,
        "n": n,
        "pool_size": len(pool),
        "tokens": chosen.tokens,
        "sources": dict(Counter(pool.by_id(id_).source for id_ in chosen.ids)),
        "mean_prompt_tokens": sum(counts[id_].prompt for id_ in chosen.ids) / n,
        "mean_response_tokens": sum(counts[id_].response for id_ in chosen.ids) / n,
        "beyond_supply": supply is not None and n > supply,
        "notes": dict(ranking.notes),
    }


def _trained_on(cut: Stage, run: Execution) -> Pool:
    """Return the examples that a cut chooses from."""
    if cut.at.selector == TARGET_ONLY:
        return run.bench.target_pool(cut.at.task)
    return run.bench.tasks[cut.at.task].data.pool


def finetune(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Train the base model on the selection and keep the weights."""
    from igds_bench.finetune.config import steps_for
    from igds_bench.finetune.train import train
    from igds_bench.finetune.weights import save_weights

    entry = run.bench.models[stage.at.model]
    pool = run.bench.tasks[stage.at.task].data.pool
    settings = run.bench.config.train
    manifest = json.loads((run.output(stage.inputs[0]) / "manifest.json").read_text("utf-8"))
    steps = None
    if settings.match == "steps":
        counts = run.bench.token_counts(stage.at.model, stage.at.task).values()
        steps = steps_for(len(pool), settings, sum(c.prompt + c.response for c in counts))
    with run.progress.steps(f"fine-tuning {stage.label}") as report:
        tuned, summary = train(
            entry.language_model("base"),
            _trained_on(stage.inputs[0], run).take(manifest["ids"]),
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
    "features": find_features,
    "explain": explain_features,
    "rank": rank,
    "cut": cut_ranking,
    "finetune": finetune,
    "evaluate": evaluate,
    "amplify": amplify,
}
"""The function of every kind of stage."""
