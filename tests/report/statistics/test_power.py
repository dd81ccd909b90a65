"""Power: what a design finds, what it needs, and that weak boards say so."""

import json

import pytest
from scipy import stats
from typer.testing import CliRunner

from igds_bench.cli.app import app
from igds_bench.errors import IgdsError
from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.statistics.power import (
    Spread,
    at_level,
    detectable,
    power_of,
)
from tests.builders.records import make_record, write_run

SPREAD = Spread(row=9.0, random=4.0, examples=400.0, residual=100.0)


def test_a_detectable_effect_is_found_with_80_percent_power():
    parts = SPREAD.parts((3, 5), 200)
    for level in (0.05, 0.001):
        assert power_of(detectable(parts, level), parts, level) == pytest.approx(0.8, abs=1e-4)


def test_with_many_seeds_power_is_that_of_the_noncentral_t():
    parts = SPREAD.parts((60, 80), 500)
    df, error = float(parts.df), float(parts.variance) ** 0.5
    for effect in (0.5, 1.5, 3.0):
        theory = stats.nct.sf(stats.t.ppf(0.975, df), df, effect / error)
        assert power_of(effect, parts) == pytest.approx(theory, abs=0.005)


def test_at_three_seeds_the_noncentral_t_promises_more():
    parts = SPREAD.parts((3, 3), 5000)
    df, error = float(parts.df), float(parts.variance) ** 0.5
    effect = detectable(parts)
    theory = stats.nct.sf(stats.t.ppf(0.975, df), df, effect / error)
    assert theory > 0.84


def test_the_expected_parts_of_a_design_add_up_to_its_variance():
    parts = SPREAD.parts((4, 8), 50)
    exact = 9 / 4 + 4 / 8 + 400 / 50 + 100 / 50 * (1 / 4 + 1 / 8)
    assert float(parts.variance) == pytest.approx(exact)


def test_the_seeds_and_examples_that_are_said_to_be_needed_are_the_least_that_do():
    found = at_level(4.0, SPREAD, (3, 3), 200, 0.05)
    n, m = found.seeds, found.needed_examples
    assert (
        power_of(4.0, SPREAD.parts((n, n), 200))
        >= 0.8
        > power_of(4.0, SPREAD.parts((n - 1, n - 1), 200))
    )
    assert m is None  # three seeds with these spreads miss 4 points on any number of examples
    m = at_level(4.0, SPREAD, (12, 12), 40, 0.05).needed_examples
    assert (
        power_of(4.0, SPREAD.parts((12, 12), m))
        >= 0.8
        > power_of(4.0, SPREAD.parts((12, 12), m - 1))
    )


def test_no_number_of_seeds_makes_up_for_too_few_examples():
    assert at_level(1.0, SPREAD, (3, 3), 50, 0.05).seeds is None


def board(tmp_path, step):
    """Return a board whose seeds are some steps apart."""
    records = [make_record("random", "10%", s, 0, value=30 + step * s) for s in range(6)]
    records += [make_record("good", "10%", 0, s, value=30 + step * s) for s in range(6)]
    return build_leaderboard(write_run(tmp_path / "run", records)).boards[0]


GRID = """
name: grid
models: [tiny]
tasks: [sums]
selectors: [random, longest, {name: loss, budgets: [10%]}]
budgets: [10%, 25%]
selection_seeds: [0, 1, 2, 3]
training_seeds: [0, 1, 2, 3, 4]
"""


def ask(folder, *options, grid=GRID):
    (folder / "grid.yaml").write_text(grid)
    return CliRunner().invoke(app, ["power", "--config", str(folder / "grid.yaml"), *options])


def test_the_command_reads_the_design_from_the_grid_and_says_what_it_assumes(tmp_path):
    result = ask(tmp_path, "--effect", "10")
    assert result.exit_code == 0, result.output
    assert "5%/3" in result.output
    assert "tiny, sums: the declared spread, 3 points over seeds and 30 over 500" in result.output
    (found,) = json.loads(ask(tmp_path, "--effect", "10", "--json").output)
    assert (found["units"], found["examples"], found["family"]) == ([5, 4], 500, 3)
    assert found["at"][0]["level"] == 0.05 and found["at"][1]["level"] == pytest.approx(0.05 / 3)
    assert found["at"][0]["power"] > found["at"][1]["power"] > 0.5
    assert found["at"][0]["seeds"] <= found["at"][1]["seeds"]


def test_the_command_finds_the_baseline_under_any_label(tmp_path):
    grid = GRID.replace("[random,", "[{name: random, label: uniform},")
    assert "“draws” those of uniform" in ask(tmp_path, grid=grid).output
    declared = f"{GRID}baseline: longest\n"
    (found,) = json.loads(ask(tmp_path, "--json", grid=declared).output)
    assert (found["baseline"], found["units"], found["family"]) == ("longest", [4, 5], 3)


def test_the_command_takes_the_spread_from_records(tmp_path):
    board(tmp_path, 2.0)
    (found,) = json.loads(ask(tmp_path, "--json", "--records", str(tmp_path / "run")).output)
    assert found["source"].startswith("the spread of 1 comparisons at hand")
    assert found["spread"]["row"] == pytest.approx(14.0)
    assert found["at"][0]["needed_examples"] is None


@pytest.mark.parametrize(
    ("options", "grid", "message"),
    [
        (["--effect", "-1"], GRID, "--effect is -1: give a number of points above 0"),
        (["--seed-sd", "0"], GRID, "--seed-sd is 0"),
        (["--examples", "1"], GRID, "give 2 test examples or more"),
        ([], GRID.replace("[0, 1, 2, 3]", "[0, 1]"), "random has 2 draw(s); below 3"),
        ([], GRID.replace("random, ", ""), "add one that draws at random to `selectors`"),
        ([], GRID.replace("longest", "longst"), "Did you mean 'longest'"),
        (["--records", "nowhere"], GRID, "nowhere"),
    ],
)
def test_what_can_not_be_answered_gets_one_message(tmp_path, options, grid, message):
    result = ask(tmp_path, *options, grid=grid)
    assert isinstance(result.exception, IgdsError)
    assert message in str(result.exception)
