"""Rows are found by what they are for, whatever they are called."""

import io

import pytest
from rich.console import Console

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.formats.console import print_leaderboard
from igds_bench.report.formats.flat import flat_rows
from igds_bench.report.formats.latex import latex
from igds_bench.report.sections import readme
from igds_bench.report.sections.background import baseline_spread
from igds_bench.report.sections.citations import methods_section
from igds_bench.report.sections.placebo import placebo_section
from igds_bench.report.sections.selections import selection_tables
from igds_bench.report.sections.words import headline, notes
from tests.builders.records import make_record, write_run


def row(label, level, role="contender", budget="10%"):
    """Return the records of three draws, a good half point apart."""
    return [make_record(label, budget, s, s % 2, level + s / 5, role=role) for s in range(3)]


def board_of(tmp_path, *rows):
    return build_leaderboard(write_run(tmp_path / "run", [r for found in rows for r in found]))


@pytest.fixture
def found(tmp_path):
    return board_of(
        tmp_path,
        [make_record("base")],
        row("uniform", 30, "baseline"),
        row("random", 36),
        row("mix", 30.1, "placebo"),
        row("reversed", 20, "control"),
    )


def test_a_baseline_of_another_name_is_what_the_others_are_set_against(found):
    (board,) = found.boards
    assert (board.baseline, board.against, found.against) == ("uniform", "uniform", "uniform")
    differences = {r.selector: r.verdict and round(r.verdict.difference, 6) for r in board.rows}
    assert differences == {
        "base": None, "uniform": None, "random": 6.0, "mix": 0.1, "reversed": -10.0
    }  # fmt: skip
    assert board.row("random", "10%").verdict.word == "better"
    assert not [problem for problem in found.problems if "baseline" in problem]


def test_the_baseline_and_contenders_are_ranked_and_controls_are_not(found):
    (board,) = found.boards
    ranked = {r.selector: r.rank.place for r in board.rows if r.rank}
    assert ranked == {"random": 1, "uniform": 2}
    wins = {s.selector: s.win_rate for s in found.standings}
    assert wins == {"random": 1.0, "uniform": None}
    kinds = {flat["selector"]: flat["kind"] for flat in flat_rows(found)}
    assert kinds == {
        "base": "reference", "uniform": "contender", "random": "contender", "mix": "control",
        "reversed": "control",
    }  # fmt: skip


def texts_of(found):
    """Return every text that names what rows are set against."""
    (board,) = found.boards
    console = Console(record=True, width=200, file=io.StringIO())
    print_leaderboard(found, console)
    tables = [
        *readme.verdict_section(found).tables,
        *readme.board_section(board, {}).tables,
        *placebo_section(found).tables,
        *selection_tables(board, "10%", None),
    ]
    yield from (str(name) for table in tables for name in table.header)
    yield from readme.verdict_section(found).lines
    yield from (line for part in found.boards for line in headline(part))
    yield from placebo_section(found).lines
    yield from methods_section(found).lines
    yield from notes(found)
    yield from (latex(found), console.export_text())


def test_texts_name_the_baseline_by_its_label(found):
    said = "\n".join(texts_of(found))
    for text in (
        "Better than uniform",
        "Against uniform",
        "against uniform",
        "better than uniform: random (+6.00",
        "comparisons with uniform draws",
        "Of 1 comparisons with uniform,",
        "uniform was drawn 3 times",
        "pooled uniform draws",
    ):
        assert text in said, text
    for text in ("than random", "gainst random", "with random", "random was drawn"):
        assert text not in said, text


def test_the_spread_is_that_of_the_baseline(tmp_path):
    records = [
        make_record(label, "10%", d, t, level + d + t / 2, role=role)
        for label, level, role in (("uniform", 30, "baseline"), ("random", 36, "contender"))
        for d in range(3)
        for t in range(2)
    ]
    (board,) = board_of(tmp_path, records).boards
    assert len(baseline_spread(board)) == 1


def test_a_row_whose_records_differ_in_their_role_has_the_one_that_says_most(tmp_path):
    later = [r.model_copy(update={"key": f"{r.key}-2"}) for r in row("uniform", 30, "baseline")]
    early = [make_record("uniform", "10%", 9, 0, 30.0)]
    (board,) = board_of(tmp_path, early, later, row("good", 35)).boards
    assert board.row("uniform", "10%").role == "baseline"


def test_several_baselines_are_named_and_the_one_of_most_records_counts(tmp_path):
    more = row("uniform", 30, "baseline") + row("uniform", 31, "baseline", "25%")
    found = board_of(tmp_path, more, row("random", 36, "baseline"), row("good", 40))
    (board,) = found.boards
    assert board.baselines == ("uniform", "random")
    assert board.row("random", "10%").verdict.difference == pytest.approx(6.0)
    (problem,) = [p for p in found.problems if "several baselines" in p]
    assert "(uniform, random)" in problem and "set against uniform" in problem


def test_a_budget_without_the_baseline_is_named_by_its_label(tmp_path):
    found = board_of(tmp_path, row("uniform", 30, "baseline"), row("good", 40, budget="25%"))
    (problem,) = [p for p in found.problems if "no row has a verdict" in p]
    assert "25%: there is no `uniform` row" in problem and "add `uniform`" in problem
    assert found.boards[0].row("good", "25%").verdict is None


def test_boards_that_differ_in_their_baseline_share_no_name_for_it(tmp_path):
    words = [
        make_record("random", "10%", s, 0, 30 + s, task="words", role="baseline") for s in range(3)
    ]
    found = board_of(tmp_path, row("uniform", 30, "baseline"), row("good", 40), words)
    assert found.against == "the baseline"
    assert "Better than the baseline" in readme.verdict_section(found).tables[0].header
