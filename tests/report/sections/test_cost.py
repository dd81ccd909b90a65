"""Data efficiency and cost: what a report says of them."""

import numpy as np
import pytest

from igds_bench.core.record import Phase
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.sections.cost import cost_section, efficiency_section
from igds_bench.report.statistics.efficiency import area, budget_to_match, efficiency, pareto
from tests.report.conftest import make_record, write_run


def phases(selection, training):
    return [
        Phase(kind="rank", key="r", seconds=1, flops=selection, charge="selection"),
        Phase(kind="finetune", key="f", seconds=1, flops=training, charge="training"),
    ]


def test_area_and_match_are_by_linear_interpolation():
    shares = np.array([0.1, 0.3, 0.5])
    curves = np.array([[10.0, 20.0, 40.0], [30.0, 20.0, 10.0]])
    assert area(shares, curves) == pytest.approx([22.5, 20.0])
    found = budget_to_match(shares, curves, np.array([30.0, 35.0]))
    assert found[0] == pytest.approx(0.4)
    assert np.isinf(found[1])


def test_the_interval_of_the_match_reaches_as_far_as_its_draws():
    shares = np.array([0.1, 0.5])
    boot = np.array([[10.0, 30.0]] * 90 + [[10.0, 20.0]] * 10)
    found = efficiency(shares, np.array([10.0, 30.0]), boot, 25.0, np.full(100, 25.0), True)
    assert found.match == found.match_low == pytest.approx(0.4)
    assert found.match_high is None
    assert found.matched_draws == pytest.approx(0.9)


def test_where_lower_is_better_a_curve_matches_from_above():
    shares, values = np.array([0.1, 0.5]), np.array([3.0, 1.0])
    found = efficiency(shares, values, values[None], 2.0, np.array([2.0]), False)
    assert found.match == pytest.approx(0.3)


def test_the_front_is_what_nothing_beats_in_cost_and_metric():
    assert pareto([1, 2, 3, 4, 1], [5, 4, 6, 6, 3], True) == [0, 2]
    assert pareto([1, 2, 3], [5, 4, 6], False) == [0, 1]


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
    def row(name, value, spent, **settings):
        return [
            make_record(
                "good",
                "10%",
                0,
                s,
                value=value + s / 10,
                phases=phases(*spent),
                settings={"train": {}, **settings},
                cell=make_record("good", "10%", 0, s).cell.model_copy(update={"selector": name}),
                key=f"{name}{s}",
            )
            for s in range(3)
        ]

    records = row("random", 30, (0, 1e9)) + row("costly", 40, (9e9, 1e9))
    records += row("cheap", 20, (0, 2e9))
    matched = {"selector": {"of": "costly", "by": "compute"}}
    records += row("costly-matched", 35, (9e9, 8e9), **matched)
    records += row("placebo", 39, (0, 3e9), method={"control": True})
    board = build_leaderboard(write_run(tmp_path / "run", records))
    (table,) = cost_section(board).tables
    shown = {line[0]: line[2:5] for line in table.rows}
    assert shown == {
        "random": ["front", "1 G", "0%"],
        "costly": ["front", "10 G", "90%"],
        "costly-matched": ["compute of costly, front", "8 G", "0%"],
    }
