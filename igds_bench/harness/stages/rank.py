"""The stages that filter and rank a pool, and how a ranking is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.data import Pool
from igds_bench.core.quantities import Quantity
from igds_bench.core.seeding import keyed_order, keyed_uniform
from igds_bench.core.selection import Ranking, check_ranking
from igds_bench.core.specs import SelectorSpec
from igds_bench.errors import DataError, StageError
from igds_bench.harness.lend.context import Context
from igds_bench.harness.lend.meter import Meter
from igds_bench.harness.plan.graph import Stage

if TYPE_CHECKING:
    from igds_bench.harness.run.execute import Execution

Meta = dict[str, Any]


def rank(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Let a selector rank the pool; check its answer and keep it."""
    task = run.bench.tasks[stage.at.task]
    pool = task.data.pool
    if stage.at.selector in run.bench.contenders:
        ranking, spent = rank_contender(stage, run)
    else:
        ranking, spent = _oracle(pool, task.spec.quality, stage.params["seed"]), {}
    check_ranking(ranking, pool, min(stage.limit, len(pool)), stage.at.selector or "")
    previous = run.previous_ranking(stage)
    if previous is not None and ranking.ids[: len(previous.ids)] != previous.ids:
        raise StageError(
            f"selector '{stage.at.selector}' ranked differently for a larger limit: its ranking of "
            f"{len(ranking.ids)} does not begin with its ranking of {len(previous.ids)}."
        )
    write_ranking(ranking, folder)
    return {"length": len(ranking.ids), "notes": dict(ranking.notes), **spent}


def rank_contender(stage: Stage, run: Execution) -> tuple[Ranking, Meta]:
    """Return a contender's ranking of what its filters leave, rejected rows last, and its cost."""
    contender = run.bench.contenders[stage.at.selector or ""]
    whole = run.bench.tasks[stage.at.task].data.pool
    rejected = rejected_before(stage, run)
    pool = _without(whole, rejected).visible(contender.spec.reads)
    context = lend(stage, run, contender.spec, min(stage.limit, len(pool)))
    with context.meter as meter:
        ranking = contender.selector.rank(pool, context)
    if not isinstance(ranking, Ranking):
        raise StageError(
            f"selector '{contender.spec.name}' returned {type(ranking).__name__} instead of a "
            "Ranking."
        )
    shutil.rmtree(_work_folder(stage, run), ignore_errors=True)
    return _with_rejected(ranking, len(pool), rejected, context.seed), meter.facts()


def _with_rejected(ranking: Ranking, kept: int, rejected: Mapping[str, str], seed: int) -> Ranking:
    """Put rejected rows last; they come only where the ranking holds every row that was kept."""
    if not rejected:
        return ranking
    last = keyed_order(rejected, seed, "rejected") if len(ranking.ids) == kept else []
    notes = {**ranking.notes, "filtered": len(rejected), "kept": kept}
    return Ranking(
        (*ranking.ids, *last),
        ranking.scores,
        ranking.higher_is_better,
        notes,
        {**ranking.unranked, **{id_: rejected[id_] for id_ in last}},
    )


def filter_pool(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Let a filter reject examples, and keep which and why."""
    name = stage.params["selector"]
    contender = run.bench.contenders[stage.at.selector or ""]
    given = next(
        f
        for f in contender.filters
        if f.spec.name == name and dict(f.params) == stage.params["params"]
    )
    before = rejected_before(stage, run)
    pool = _without(run.bench.tasks[stage.at.task].data.pool, before)
    context = lend(stage, run, given.spec, len(pool))
    with context.meter as meter:
        found = dict(given.selector.reject(pool.visible(given.spec.reads), context))
    unknown = [id_ for id_ in found if id_ not in set(pool.ids)]
    if unknown:
        raise DataError(f"filter '{name}' rejected {unknown[0]!r}, which is not in the pool.")
    (folder / "rejected.json").write_text(json.dumps({**before, **found}), encoding="utf-8")
    return {"rejected": len(found), **meter.facts()}


def rejected_before(stage: Stage, run: Execution) -> dict[str, str]:
    """Return the reason by id of what the filters in front of a stage reject."""
    found: dict[str, str] = {}
    for given in stage.inputs:
        if given.kind == "filter":
            text = (run.output(given) / "rejected.json").read_text("utf-8")
            found |= json.loads(text)
    return found


def _without(pool: Pool, rejected: Mapping[str, str]) -> Pool:
    return pool.take(id_ for id_ in pool.ids if id_ not in rejected) if rejected else pool


def _work_folder(stage: Stage, run: Execution) -> Path:
    return run.store.root / "work" / run.output(stage).name


def lend(stage: Stage, run: Execution, spec: SelectorSpec, limit: int) -> Context:
    """Return what a selector or filter may use while it ranks for a stage."""
    model, task = stage.at.model, stage.at.task

    def quantity(wanted: Quantity) -> Path:
        return run.output(run.quantity_stage(stage, wanted))

    return Context(
        spec=spec,
        seed=stage.params["seed"],
        limit=limit,
        _model=run.bench.models[model],
        _task=run.bench.tasks[task],
        _suite=run.bench.suite(model, stage.at.saes) if stage.at.saes else None,
        _features=lambda settings: run.features_of(stage, settings),
        _defaults=run.bench.config.amplification,
        _store=run.store,
        _progress=run.progress,
        _tokens=lambda: run.bench.token_counts(model, task),
        _ranking=lambda label: run.ranking_of(stage, label),
        _quantity=quantity,
        _work=_work_folder(stage, run),
        meter=Meter(),
    )


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
