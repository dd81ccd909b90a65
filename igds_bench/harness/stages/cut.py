"""The stage that cuts a ranking at a budget, or draws a selection that matches another's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from igds_bench.core.data import Pool
from igds_bench.core.protocols import Match, TokenCount
from igds_bench.core.selection import Ranking, Selection, cut
from igds_bench.errors import DataError
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.outputs.rankings import read_ranking
from igds_bench.harness.plan.cost import nothing
from igds_bench.harness.plan.graph import Stage
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.stages.charges import selecting_flops
from igds_bench.harness.stages.selection_facts import selection_facts


def cut_ranking(given: Inputs) -> Facts:
    """Choose the ids that are trained on; the manifest keeps them in order."""
    at, bench = given.stage.at, given.bench
    assert at.model is not None
    pool = bench.trained_on(at.task, at.selector)
    counts = bench.token_counts(at.model, at.task, pool)
    ranking = _ranking(given, pool)
    if "control" in given.stage.params:
        chosen = _matched(given, pool, counts)
    else:
        assert at.budget is not None
        chosen = cut(ranking, at.budget, len(pool), lambda ids: _lengths(ids, counts))
    manifest = {
        "fingerprint": chosen.fingerprint,
        "task": at.task,
        "pool": pool.fingerprint,
        "selector": at.selector,
        "budget": chosen.budget.label,
        "ids": list(chosen.ids),
        "rows": [pool.by_id(id_).row for id_ in chosen.ids],
    }
    (given.folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
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


def read_manifest(given: Inputs, stage: Stage) -> dict[str, Any]:
    """Return what a cut left: ids in order, and where they are from."""
    text = (given.output(stage) / "manifest.json").read_text("utf-8")
    manifest: dict[str, Any] = json.loads(text)
    return manifest


def _ranking(given: Inputs, pool: Pool) -> Ranking:
    """Return the ranking that is cut; ids in their own order where everything is chosen."""
    stage = given.stage
    if "control" in stage.params:
        return Ranking((), notes={"control": stage.params["control"], **stage.params["params"]})
    if stage.inputs:
        return read_ranking(given.output(stage.inputs[0]))
    return Ranking(tuple(sorted(pool.ids)))


def _lengths(ids: Iterable[str], counts: Mapping[str, TokenCount]) -> list[int]:
    return [counts[id_].prompt + counts[id_].response for id_ in ids]


def _matched(given: Inputs, pool: Pool, counts: Mapping[str, TokenCount]) -> Selection:
    """Draw what matches another contender's selection."""
    stage, bench = given.stage, given.bench
    assert stage.at.budget is not None and stage.at.model is not None
    contender, other = bench.contenders[stage.at.selector or ""], stage.inputs[0]
    trained = 6.0 * bench.models[stage.at.model].shape.parameters * stage.params["epochs"]
    match = Match(counts, stage.params["seed"], selecting_flops(other, given.results) / trained)
    visible = pool.visible(contender.spec.reads)
    ids = tuple(contender.selector.match(visible, read_manifest(given, other)["ids"], match))
    if not ids or len(set(ids)) != len(ids) or not set(ids) <= set(pool.ids):
        raise DataError(
            f"control '{contender.label}' must choose at least one example of the pool, none twice."
        )
    return Selection(ids, stage.at.budget, sum(_lengths(ids, counts)))


CUT = StageKind(
    name="cut",
    version=2,
    run=cut_ranking,
    cost=nothing,
    charge="selection",
    outputs=("manifest.json",),
    identity="fingerprint",
)
