"""Near-duplicates inside a task's pool and between its splits, measured once for the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from igds_bench.core.names import path_name
from igds_bench.core.seeding import content_key
from igds_bench.harness.plan.workbench import TaskEntry
from igds_bench.harness.store import Store, write_text


def publish_near_duplicates(entry: TaskEntry, store: Store) -> None:
    """Write ``data/<task>.json``: how many rows have a near-duplicate, and where."""
    from igds_bench.data.near_duplicates import near_duplicates

    data, name = entry.data, entry.spec.name
    key = content_key("near-duplicates", 1, data.fingerprint)
    if store.meta("near-duplicates", key) is None:
        others = {split: pool for split, pool in data.reserved.items() if len(pool)}

        def write(folder: Path) -> dict[str, Any]:
            found = near_duplicates(data.pool, others)
            return {"found": {"task": name, **found.model_dump(mode="json", exclude={"task"})}}

        store.commit("near-duplicates", key, write)
    kept = store.meta("near-duplicates", key)
    assert kept is not None
    import json

    write_text(store.root / "data" / f"{path_name(name)}.json", json.dumps(kept["found"], indent=1))
