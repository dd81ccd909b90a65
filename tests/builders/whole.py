"""Runs whose records pass every check: real manifests, examples that give the scores, clean code."""

import json

import pyarrow as pa
import pyarrow.parquet as pq

from igds_bench.core.record import Environment
from igds_bench.core.seeding import content_key
from igds_bench.metrics import RESPONSE_LOSS, exact_match, score
from tests.builders.records import make_record

N = 8
ANSWER = r"####\s*(\S+)"
METRIC = exact_match(ANSWER)
ENVIRONMENT = Environment(
    igds_bench="0.1.0",
    commit="c" * 40,
    dirty=False,
    python="3.11",
    platform="p",
    processor="p",
    cores=2,
    threads=1,
    device="cpu",
)
REVISIONS = {"base": "sha256:" + "a" * 24, "probe": "b" * 40, "data": "d" * 16}
DRAWS = {"random": 0, "good": 0}


def whole_rows(right, n=N, metric=METRIC):
    """Return n examples of which the first ``right`` are answered correctly."""
    table = {
        "example": [f"e{i}" for i in range(n)],
        "prompt": [f"What is {i}?" for i in range(n)],
        "reference": [f"#### {i}" for i in range(n)],
        "generation": [f"#### {i if i < right else -1}" for i in range(n)],
    }
    statistics = metric.measure(table["generation"], table["reference"], table["prompt"])
    for place, column in enumerate(metric.columns):
        table[f"{metric.name}/{column}"] = statistics[:, place].tolist()
    for column, value in zip(RESPONSE_LOSS.columns, (2.0, 4.0), strict=True):
        table[f"response_loss/{column}"] = [value] * n
    return table


def scores_of(rows, metric=METRIC):
    import numpy as np

    found = {}
    for each in (metric, RESPONSE_LOSS):
        columns = [rows[f"{each.name}/{column}"] for column in each.columns]
        found[each.name] = score(each, np.column_stack(columns))
    return found


def whole_record(selector="good", budget="10%", seed=0, right=4, rows=None, **changes):
    """Return a record and the rows and ids behind it."""
    draw = DRAWS.get(selector)
    rows = whole_rows(right) if rows is None else rows
    record = make_record(selector, budget, draw, seed if selector != "base" else None)
    ids = [f"{selector}-{n}" for n in range(record.selection.n)] if record.selection else []
    update = {
        "key": content_key("test", record.cell.id, right),
        "scores": scores_of(rows),
        "environment": ENVIRONMENT,
        "revisions": REVISIONS,
        "amplification": [],
    }
    if record.selection is not None:
        fingerprint = content_key("selection", sorted(ids))
        update["selection"] = record.selection.model_copy(update={"fingerprint": fingerprint})
    return record.model_copy(update={**update, **changes}), rows, ids


def whole_cells(right=4):
    """Return the cells of a small grid: the base, and two selectors with three training seeds."""
    found = [whole_record("base", None, right=1)]
    found += [whole_record(s, seed=n, right=right) for s in ("random", "good") for n in range(3)]
    return found


def write_whole(folder, cells, name="whole"):
    """Write a run folder of records with what lies behind them."""
    for record, rows, ids in cells:
        place = folder / "records" / ("failed" if record.status == "failed" else "")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{record.cell.id}.json").write_text(record.model_dump_json(indent=1) + "\n")
        (folder / "examples").mkdir(exist_ok=True)
        if record.status == "ok":
            pq.write_table(pa.table(rows), folder / "examples" / f"{record.key}.parquet")
        if record.selection is not None:
            manifest = folder / "manifests" / f"{record.selection.fingerprint}.json"
            manifest.parent.mkdir(exist_ok=True)
            manifest.write_text(json.dumps({"fingerprint": manifest.stem, "ids": ids}))
    (folder / "grid.yaml").write_text(f"name: {name}\ndescription: What it shows.\n")
    return folder


def changed(record, **parts):
    """Return a record with fields of its parts replaced, such as ``selection={"n": 3}``."""
    update = {
        name: getattr(record, name).model_copy(update=value)
        if isinstance(value, dict) and name != "revisions"
        else value
        for name, value in parts.items()
    }
    return record.model_copy(update=update)
