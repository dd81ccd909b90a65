"""The stage that cuts a ranking at a budget, or draws a selection that matches another's."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igds_bench.core.data import Pool
from igds_bench.core.grid import TARGET_ONLY
from igds_bench.core.protocols import Match, TokenCount
from igds_bench.core.selection import Ranking, Selection, cut
from igds_bench.errors import DataError
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.stages.rank import read_ranking
from igds_bench.harness.stages.selection_facts import selection_facts

if TYPE_CHECKING:
    from igds_bench.harness.run.execute import Execution

Meta = dict[str, Any]
SELECTING = ("forward", "features", "filter", "rank")
"""Kinds of stage whose cost is that of selecting."""


def cut_ranking(stage: Stage, run: Execution, folder: Path) -> Meta:
    """Choose the ids that are trained on; the manifest keeps them in order."""
    pool = trained_on(stage, run)
    counts = run.bench.token_counts(stage.at.model, stage.at.task, pool)
    ranking = _ranking(stage, run, pool)
    if "control" in stage.params:
        chosen = _matched(stage, run, pool, counts)
    else:
        chosen = _cut(stage, ranking, pool, counts)
    manifest = {
        "fingerprint": chosen.fingerprint,
        "task": stage.at.task,
        "pool": pool.fingerprint,
        "selector": stage.at.selector,
        "budget": chosen.budget.label,
        "ids": list(chosen.ids),
        "rows": [pool.by_id(id_).row for id_ in chosen.ids],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    supply, kept = ranking.notes.get("clean_supply"), ranking.notes.get("kept", len(pool))
    n = len(chosen.ids)
    backfilled = {"backfilled": max(0, n - kept)} if "kept" in ranking.notes else {}
    return {
        "fingerprint": chosen.fingerprint,
        "n": n,
        "pool_size": len(pool),
        "tokens": chosen.tokens,
        "sources": dict(Counter(pool.by_id(id_).source for id_ in chosen.ids)),
        "beyond_supply": supply is not None and n > supply,
        "notes": {**ranking.notes, **backfilled},
        **selection_facts(chosen.ids, counts, ranking),
    }


def _ranking(stage: Stage, run: Execution, pool: Pool) -> Ranking:
    """Return the ranking that is cut; ids in their own order where everything is chosen."""
    if "control" in stage.params:
        return Ranking((), notes={"control": stage.params["control"], **stage.params["params"]})
    if stage.inputs:
        return read_ranking(run.output(stage.inputs[0]))
    return Ranking(tuple(sorted(pool.ids)))


def _cut(stage: Stage, ranking: Ranking, pool: Pool, counts: Mapping[str, TokenCount]) -> Selection:
    assert stage.at.budget is not None
    return cut(ranking, stage.at.budget, len(pool), lambda ids: _lengths(ids, counts))


def _lengths(ids: Iterable[str], counts: Mapping[str, TokenCount]) -> list[int]:
    return [counts[id_].prompt + counts[id_].response for id_ in ids]


def _matched(
    stage: Stage, run: Execution, pool: Pool, counts: Mapping[str, TokenCount]
) -> Selection:
    """Draw what matches another contender's selection."""
    contender = run.bench.contenders[stage.at.selector or ""]
    other = stage.inputs[0]
    manifest = json.loads((run.output(other) / "manifest.json").read_text("utf-8"))
    parameters = run.bench.models[stage.at.model].shape.parameters
    trained = 6.0 * parameters * stage.params["epochs"]
    given = Match(counts, stage.params["seed"], selecting_flops(other, run) / trained)
    visible = pool.visible(contender.spec.reads)
    ids = tuple(contender.selector.match(visible, manifest["ids"], given))
    if not ids or len(set(ids)) != len(ids) or not set(ids) <= set(pool.ids):
        raise DataError(
            f"control '{contender.label}' must choose at least one example of the pool, none twice."
        )
    assert stage.at.budget is not None
    return Selection(ids, stage.at.budget, sum(_lengths(ids, counts)))


def selecting_flops(stage: Stage, run: Execution) -> float:
    """Return the counted FLOPs of all that a selection hangs on, as if it had run alone."""
    behind = selecting_stages(stage)
    facts = charged_once({s.label: run.ensure(s) for s in behind}, behind)
    return sum(float(meta.get("flops") or 0.0) for meta in facts.values())


def charged_once(facts: Mapping[str, Meta], stages: Iterable[Stage]) -> dict[str, Meta]:
    """Return facts by label, in which one forward that gives several quantities is charged once.

    Each quantity is kept with what it costs alone. A selection that reads several of one forward
    pays for the deepest in full, and for the others only what they do with its states.
    """
    found = {label: dict(meta) for label, meta in facts.items()}
    forwards: dict[str, list[Meta]] = defaultdict(list)
    for stage in stages:
        if stage.kind == "forward" and stage.label in found:
            same = json.dumps([stage.at.model, stage.params["forward"]], sort_keys=True)
            forwards[same].append(found[stage.label])
    for metas in forwards.values():
        metas.sort(key=lambda meta: float(meta.get("common_flops") or 0.0), reverse=True)
        for meta in metas[1:]:
            for name in ("seconds", "flops"):
                meta[name] -= meta.get(f"common_{name}") or 0.0
            meta["tokens"] = meta["examples"] = 0
    return found


def selecting_stages(stage: Stage) -> list[Stage]:
    """Return every stage behind a cut that is part of selecting, inputs first."""
    found: dict[str, Stage] = {}
    for given in stage.inputs:
        for behind in (*selecting_stages(given), given):
            if behind.kind in SELECTING:
                found.setdefault(behind.label, behind)
    return list(found.values())


def trained_on(cut: Stage, run: Execution) -> Pool:
    """Return the examples that a cut chooses from."""
    if cut.at.selector == TARGET_ONLY:
        return run.bench.target_pool(cut.at.task)
    return run.bench.tasks[cut.at.task].data.pool
