"""Test examples behind records: tables whose means are the records' scores."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.builders.records import make_record, write_run

IDS = [f"e{i}" for i in range(50)]


def write_examples(folder, record, values, ids=IDS):
    """Give a record's examples these values, and the record their mean."""
    table = {"example": ids, "generation": ["x"] * len(ids), "prompt": ids, "reference": ids}
    table |= {"exact_match/correct": values, "exact_match/n": np.ones(len(ids))}
    pq.write_table(pa.table(table), folder / "examples" / f"{record.key}.parquet")


def run_with_examples(folder, spread=1.0):
    """Return a run whose `good` is 10 points above random on every example."""
    draw = np.random.default_rng(0)
    difficulty = draw.uniform(20, 60, len(IDS))
    records, tables = [], []
    for selector, gain in (("random", 0.0), ("good", 10.0)):
        for seed in range(4):
            values = (
                difficulty + gain + spread * draw.normal() + spread * draw.normal(size=len(IDS))
            )
            cell = (seed, 0) if selector == "random" else (0, seed)
            records.append(make_record(selector, "10%", *cell, value=float(values.mean())))
            tables.append(values)
    write_run(folder, records)
    for record, values in zip(records, tables, strict=True):
        write_examples(folder, record, values)
    return folder, records, tables
