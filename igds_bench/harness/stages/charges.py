"""What the stages behind a selection cost, charged as if it had run alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from igds_bench.harness.plan.graph import Stage, behind
from igds_bench.harness.plan.kinds import Facts
from igds_bench.harness.plan.results import Results


def selecting_stages(cut: Stage) -> list[Stage]:
    """Return every stage behind a cut that is part of selecting, inputs first.

    A cut behind another one, which a matched control draws after, only says what to match.
    """
    return [s for s in behind(cut.inputs) if s.does.charge == "selection" and s.kind != cut.kind]


def selecting_flops(cut: Stage, results: Results) -> float:
    """Return the counted FLOPs of all that a selection hangs on, as if it had run alone."""
    stages = selecting_stages(cut)
    known = {stage.label: facts for stage in stages if (facts := results.facts(stage)) is not None}
    return sum(float(f.get("flops") or 0.0) for f in charged_once(known, stages).values())


def charged_once(facts: Mapping[str, Facts], stages: Iterable[Stage]) -> dict[str, Facts]:
    """Return facts by label, in which work that gives several outputs is charged once.

    Each output is kept with what it costs alone. A selection that reads several of one forward
    pays for the deepest in full, and for the others only what they do with its states.
    """
    found = {label: dict(meta) for label, meta in facts.items()}
    groups: dict[str, list[Facts]] = defaultdict(list)
    for stage in stages:
        if stage.group and stage.label in found:
            groups[stage.group].append(found[stage.label])
    for metas in groups.values():
        metas.sort(key=lambda meta: float(meta.get("common_flops") or 0.0), reverse=True)
        for meta in metas[1:]:
            for name in ("seconds", "flops"):
                meta[name] -= meta.get(f"common_{name}") or 0.0
            meta["tokens"] = meta["examples"] = 0
    return found
