"""Data efficiency and cost: what a report says of them."""

from igds_bench.core.record import MatchedDraw, Phase
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.sections.cost import cost_section, efficiency_section
from tests.builders.records import make_record, write_run


def phases(selection, training):
    return [
        Phase(kind="rank", key="r", seconds=1, flops=selection, charge="selection"),
        Phase(kind="finetune", key="f", seconds=1, flops=training, charge="training"),
    ]


def test_the_report_says_area_match_and_what_is_not_reached(run_folder):
    section = efficiency_section(build_leaderboard(run_folder))
    rows = {row[1]: row for row in section.tables[0].rows}
    assert rows["good"][2] == "10%, 25%, 50%"
    assert rows["good"][3].startswith("38.50 [")
    assert rows["good"][4].startswith("not reached")
    assert set(rows) == {"good", "random", "bad"}


def test_a_match_at_the_smallest_budget_is_an_upper_bound(tmp_path):
    records = [make_record("full", seed=s, value=20 + s / 10) for s in range(3)]
    records += [
        make_record("good", budget, 0, s, value=30 + s / 10)
        for budget in ("10%", "50%")
        for s in range(3)
    ]
    board = build_leaderboard(write_run(tmp_path / "run", records))
    (row,) = efficiency_section(board).tables[0].rows
    assert row[4] == "≤ 10% [≤ 10%, ≤ 10%]"
    assert row[5] == "100%"


def test_cost_is_selection_and_training_and_a_matched_controls_training_alone(tmp_path):
    def row(name, value, spent, **changes):
        spent = phases(*spent)
        return [
            make_record(name, "10%", 0, s, value + s / 10, phases=spent, **changes)
            for s in range(3)
        ]

    records = row("random", 30, (0, 1e9)) + row("costly", 40, (9e9, 1e9))
    records += row("cheap", 20, (0, 2e9))
    drawn = MatchedDraw(control="matched", of="costly", by="compute")
    chosen = make_record("good", "10%", 0, 0).selection.model_copy(update={"matched": drawn})
    records += row("costly-matched", 35, (9e9, 8e9), role="control", selection=chosen)
    records += row("placebo", 39, (0, 3e9), role="placebo")
    board = build_leaderboard(write_run(tmp_path / "run", records))
    (table,) = cost_section(board).tables
    shown = {line[0]: line[2:5] for line in table.rows}
    assert shown == {
        "random": ["front", "1 G", "0%"],
        "costly": ["front", "10 G", "90%"],
        "costly-matched": ["compute of costly, front", "8 G", "0%"],
    }
