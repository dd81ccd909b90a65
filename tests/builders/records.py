"""Records with known numbers, and a run folder of them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq

from igds_bench.core.grid import Cell
from igds_bench.core.record import (
    Amplification,
    Phase,
    RunRecord,
    Score,
    SelectionSummary,
    TrainingSummary,
)

SHARES = {"10%": 0.1, "25%": 0.25, "50%": 0.5}
LEVELS = {"base": 20.0, "full": 40.0, "oracle": 45.0, "random": 30.0, "good": 38.0, "bad": 22.0}
ROLES = {"random": "baseline", **dict.fromkeys(("base", "full", "oracle"), "reference")}
DRAWS = {"random": (0, 1, 2)}
SEEDS = (0, 1, 2)


def make_record(selector, budget=None, draw=None, seed=None, value=None, task="sums", **changes):
    """Return a record whose score is the selector's level plus small steps per draw and seed."""
    value = LEVELS[selector] + (draw or 0) + 0.5 * (seed or 0) if value is None else value
    cell = Cell(
        role=changes.pop("role", ROLES.get(selector, "contender")),
        selector=selector,
        model="tiny",
        task=task,
        budget=budget,
        selection_seed=draw,
        training_seed=seed,
    )
    count = round(100 * SHARES.get(budget, 1.0))
    tuned = selector != "base"
    fields = {
        "cell": cell,
        "key": f"key-{cell.id}",
        "status": "ok",
        "primary_metric": "exact_match",
        "scores": {
            "exact_match": Score(value=value, stderr=1.0, n=100),
            "response_loss": Score(value=1.0, n=100, higher_is_better=False),
        },
        "selection": SelectionSummary(
            fingerprint=f"f-{selector}-{budget}-{draw}",
            n=count,
            pool_size=100,
            tokens=count * 10,
            mean_prompt_tokens=6.0,
            mean_response_tokens=4.0,
            beyond_supply=selector == "oracle" and budget == "50%",
        )
        if tuned
        else None,
        "training": TrainingSummary(
            method="full",
            steps=3,
            epochs=1.0,
            tokens=9,
            first_loss=2.0,
            final_loss=1.0,
            max_logit_change=0.5,
        )
        if tuned
        else None,
        "amplification": [
            Amplification(
                saes="tiny",
                features=["L1/2"],
                n=50,
                base_mean=1.0,
                tuned_mean=1.0 + value / 100,
                base_median=1.0,
                tuned_median=1.1,
            )
        ],
        "phases": [
            Phase(
                kind="finetune",
                key=f"k{selector}{budget}{draw}{seed}",
                seconds=2.0,
                flops=1e9,
                estimated_seconds=3.0,
            )
        ],
        "settings": {"train": {"method": "full"}, "data": {"pool": 100}},
        "revisions": {"data": "d", "base": "b"},
        **changes,
    }
    return RunRecord(**fields)


def all_records(task="sums"):
    """Return every reference, and every selector at every budget, draw and seed."""
    found = [make_record("base", task=task)]
    found += [make_record("full", seed=seed, task=task) for seed in SEEDS]
    for selector in ("oracle", "random", "good", "bad"):
        for budget in SHARES:
            for draw in DRAWS.get(selector, (None if selector == "oracle" else 0,)):
                found += [make_record(selector, budget, draw, seed, task=task) for seed in SEEDS]
    return found


def write_run(folder, records):
    """Write a run folder of records, with examples, manifests and a table of features."""
    for record in records:
        place = folder / "records" / ("failed" if record.status == "failed" else "")
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{record.cell.id}.json").write_text(record.model_dump_json())
        if record.status == "ok":
            (folder / "examples").mkdir(exist_ok=True)
            table = pa.table({"example": ["a", "b"], "generation": [record.cell.id, "x"]})
            pq.write_table(table, folder / "examples" / f"{record.key}.parquet")
        if record.selection:
            (folder / "manifests").mkdir(exist_ok=True)
            (folder / "manifests" / f"{record.selection.fingerprint}.json").write_text("{}")
    (folder / "grid.yaml").write_text("name: synthetic\n")
    (folder / "features").mkdir(exist_ok=True)
    candidate = {
        "layer": 1,
        "index": 2,
        "recall": 0.9,
        "delta": -0.5,
        "stderr": 0.2,
        "delta_loglik": 0.0,
    }
    found = {
        "model": "tiny",
        "task": "sums",
        "saes": "tiny",
        "settings": {"delta": "metric"},
        "m_dev": 64,
    }
    found |= {"candidates": [candidate], "null_deltas": [0.1, 0.4], "split_half_reliability": 0.25}
    (folder / "features" / "f.json").write_text(json.dumps(found))
    return folder


def contents(folder):
    """Return the bytes of every file below a folder, by its path in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def few(extra=()):
    """Return the base, and three seeds each of random and good at one budget."""
    records = [make_record(name, "10%", 0, s) for name in ("random", "good") for s in range(3)]
    return [make_record("base"), *records, *extra]
