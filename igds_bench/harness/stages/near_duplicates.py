"""The stage that looks for near-duplicates inside a task's pool and between its splits."""

from __future__ import annotations

import json

from igds_bench.core.names import path_name
from igds_bench.harness.lend.inputs import Inputs
from igds_bench.harness.plan.cost import nothing
from igds_bench.harness.plan.kinds import Facts, StageKind
from igds_bench.harness.store import write_text


def find_near_duplicates(given: Inputs) -> Facts:
    """Say how many rows have a near-duplicate, and where."""
    from igds_bench.data.near_duplicates import near_duplicates

    task = given.stage.at.task
    data = given.bench.tasks[task].data
    others = {split: pool for split, pool in data.reserved.items() if len(pool)}
    found = near_duplicates(data.pool, others).model_dump(mode="json", exclude={"task"})
    text = json.dumps({"task": task, **found}, indent=1)
    (given.folder / "near-duplicates.json").write_text(text, encoding="utf-8")
    return {"rows": len(data.pool)}


def publish_near_duplicates(given: Inputs) -> None:
    """Put what was found beside the records, as ``data/<task>.json``."""
    text = (given.output(given.stage) / "near-duplicates.json").read_text("utf-8")
    write_text(given.store.root / "data" / f"{path_name(given.stage.at.task)}.json", text)


NEAR_DUPLICATES = StageKind(
    name="near-duplicates",
    version=2,
    run=find_near_duplicates,
    cost=nothing,
    outputs=("near-duplicates.json",),
    publish=publish_near_duplicates,
)
