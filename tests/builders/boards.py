"""Boards and runs that show one thing: hostile labels, control features, suites of two qualities."""

import json

from igds_bench.core.record import Amplification, ControlActivation
from igds_bench.report.board.leaderboard import build_leaderboard
from tests.builders.records import all_records, make_record, write_run

HOSTILE = r'a_b & 100% $x$ #1 {y} \end{tabular} ~^ "q" <i> a|b é'


def hostile_records():
    """Return records of a selector whose label is full of markup."""
    found = []
    for seed in range(3):
        record = make_record("good", "10%", 0, seed)
        cell = record.cell.model_copy(update={"selector": HOSTILE})
        found.append(record.model_copy(update={"cell": cell, "key": f"odd{seed}"}))
    return found


def hostile_board(folder):
    """Return the board of all records and of a selector whose label is full of markup."""
    return build_leaderboard(write_run(folder, all_records() + hostile_records()))


def measured(record, change, control, length):
    """Return a record whose own and control features changed by so much, at a prompt length."""
    entry = Amplification(
        saes="tiny",
        features=["L1/2"],
        n=50,
        base_mean=1.0,
        tuned_mean=1.0 + change,
        base_median=1.0,
        tuned_median=1.0,
        base_quantiles=[0, 1, 2, 3, 4],
        tuned_quantiles=[change + level for level in range(5)],
        controls={
            "random-recalled": ControlActivation(
                features=["L0/1"],
                base_mean=0.0,
                tuned_mean=control,
                base_median=0.0,
                tuned_median=0.0,
            )
        },
    )
    selection = record.selection.model_copy(update={"mean_prompt_tokens": length})
    return record.model_copy(update={"amplification": [entry], "selection": selection})


def with_suites(folder):
    """Write a run in which one selector read a poor and a good suite of SAEs."""
    records = [make_record("base")]
    records += [make_record("random", "25%", 0, seed) for seed in range(3)]
    for number, suite in enumerate(("poor", "good")):
        for seed in range(3):
            record = make_record("good", "25%", 0, seed, value=31.0 + 5 * number + 0.1 * seed)
            cell = record.cell.model_copy(update={"selector": "igds", "saes": suite})
            records.append(record.model_copy(update={"cell": cell}))
    write_run(folder, records)
    (folder / "saes").mkdir()
    for suite, variance in (("poor", 0.3), ("good", 0.9)):
        layers = {"1": {"l0": 20.0, "explained_variance": variance, "dead_share": 0.1}}
        training = {"samples": 100 if suite == "poor" else 900, "width": 64, "seed": 0}
        data = {"name": suite, "model_name": "tiny", "layers": layers, "training": training}
        (folder / "saes" / f"{suite}.json").write_text(json.dumps(data))
    return folder
