"""The stages that filter and rank a pool."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from igds_bench.core.data import Pool
from igds_bench.core.files import params_key
from igds_bench.core.protocols import UsesActivations
from igds_bench.core.seeding import keyed_order, keyed_uniform
from igds_bench.core.selection import Ranking, check_ranking
from igds_bench.errors import DataError, StageError
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.lend.lending import lend
from igds_bench.harness.outputs.rankings import read_ranking, write_ranking
from igds_bench.harness.plan.cost import Cost, forward_cost, nothing
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.plan.workbench import Contender, Workbench


def rank(given: Inputs) -> Facts:
    """Let a selector rank the pool; check its answer and keep it."""
    stage, bench = given.stage, given.bench
    task = bench.tasks[stage.at.task]
    pool, name = task.data.pool, stage.at.selector or ""
    if name in bench.contenders:
        ranking, spent = rank_contender(given)
    else:
        ranking, spent = _oracle(pool, task.spec.quality, stage.params["seed"]), {}
    check_ranking(ranking, pool, min(stage.limit, len(pool)), name)
    # Cuts of a shorter ranking are kept, so they must be cuts of the longer one as well.
    before = given.output(stage)
    previous = read_ranking(before).ids if (before / "ranking.json").exists() else ()
    shared = min(len(previous), len(ranking.ids))  # another process may have ranked further
    if ranking.ids[:shared] != previous[:shared]:
        raise StageError(
            f"selector '{name}' ranked differently for a larger limit: its ranking of "
            f"{len(ranking.ids)} does not begin with its ranking of {len(previous)}."
        )
    write_ranking(ranking, given.folder)
    return {"length": len(ranking.ids), "notes": dict(ranking.notes), **spent}


def rank_contender(given: Inputs) -> tuple[Ranking, Facts]:
    """Return a contender's ranking of what its filters leave, rejected rows last, and its cost."""
    contender = given.bench.contenders[given.stage.at.selector or ""]
    whole = given.bench.tasks[given.stage.at.task].data.pool
    rejected = rejected_before(given)
    pool = _without(whole, rejected).visible(contender.spec.reads)
    with (
        given.unfinished() as work,
        lend(given, contender.spec, min(given.stage.limit, len(pool)), work) as context,
    ):
        ranking = contender.selector.rank(pool, context)
    _check_files(contender, given.stage)
    if not isinstance(ranking, Ranking):
        raise StageError(
            f"selector '{contender.spec.name}' returned {type(ranking).__name__} instead of a "
            "Ranking."
        )
    found = _with_rejected(ranking, len(pool), rejected, context.seed)
    return found, context.meter.facts()


def _check_files(contender: Contender, stage: Stage) -> None:
    """Refuse what was made of a file that is another than the one in the stage's key.

    Raises:
        StageError: names the file.
    """
    now = params_key(contender.params)
    for name, path in contender.files.items():
        if now[name] != stage.params["params"][name]:
            raise StageError(
                f"selector '{contender.label}': {path} was written again after the plan was made: "
                "run it once more."
            )


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


def filter_pool(given: Inputs) -> Facts:
    """Let a filter reject examples, and keep which and why."""
    stage = given.stage
    name = stage.params["selector"]
    contender = given.bench.contenders[stage.at.selector or ""]
    chosen = contender.filters[_place(stage)]
    before = rejected_before(given)
    pool = _without(given.bench.tasks[stage.at.task].data.pool, before)
    with (
        given.unfinished() as work,
        lend(given, chosen.spec, len(pool), work) as context,
    ):
        found = dict(chosen.selector.reject(pool.visible(chosen.spec.reads), context))
    _check_files(chosen, stage)
    known = set(pool.ids)
    unknown = [id_ for id_ in found if id_ not in known]
    if unknown:
        raise DataError(f"filter '{name}' rejected {unknown[0]!r}, which is not in the pool.")
    (given.folder / "rejected.json").write_text(json.dumps({**before, **found}), encoding="utf-8")
    return {"rejected": len(found), **context.meter.facts()}


def _place(stage: Stage) -> int:
    """Return which of its contender's filters a stage is, from 0."""
    return sum(1 + _place(before) for before in stage.of_kind("filter"))


def rejected_before(given: Inputs) -> dict[str, str]:
    """Return the reason by id of what the filters in front of a stage reject."""
    found: dict[str, str] = {}
    for stage in given.stage.of_kind("filter"):
        found |= json.loads((given.output(stage) / "rejected.json").read_text("utf-8"))
    return found


def _without(pool: Pool, rejected: Mapping[str, str]) -> Pool:
    return pool.take(id_ for id_ in pool.ids if id_ not in rejected) if rejected else pool


def _oracle(pool: Pool, quality: tuple[str, ...], seed: int) -> Ranking:
    """Order by declared source quality, best first; within a source in seeded random order."""
    level = {source: position for position, source in enumerate(quality)}

    def order(id_: str) -> tuple[int, float]:
        source = pool.by_id(id_).source
        return level.get(source, len(level)), keyed_uniform(seed, "oracle", id_)

    clean = sum(example.source == quality[0] for example in pool)
    return Ranking(tuple(sorted(pool.ids, key=order)), notes={"clean_supply": clean})


def _cost(stage: Stage, bench: Workbench) -> Cost:
    """Count a ranking from the selector's declared cost class: its number of forwards.

    What it reads of shared stages is theirs.
    """
    contender = bench.contenders.get(stage.at.selector or "")
    match = re.match(r"(\d+)[^,]*forward", contender.spec.cost) if contender else None
    shared = contender and (contender.quantities or isinstance(contender.selector, UsesActivations))
    if contender is None or match is None or shared or stage.at.model is None:
        return Cost()
    counts = bench.token_counts(stage.at.model, stage.at.task).values()
    prompt_only = "prompt" in contender.spec.cost
    tokens = sum(c.prompt if prompt_only else c.prompt + c.response for c in counts)
    return forward_cost(bench.models[stage.at.model], int(match[1]) * tokens)


RANK = StageKind(
    name="rank",
    version=2,
    run=rank,
    cost=_cost,
    overhead=0.2,
    efficiency=0.3,
    charge="selection",
    outputs=("ranking.json",),
)
FILTER = StageKind(
    name="filter",
    version=1,
    run=filter_pool,
    cost=nothing,
    overhead=0.2,
    charge="selection",
    outputs=("rejected.json",),
)
