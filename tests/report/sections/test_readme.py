"""The README of a board: verdicts first, a line per selector, text as text."""

import re

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.render import render
from igds_bench.report.sections.readme import board_section, verdict_section
from tests.builders.boards import hostile_board
from tests.builders.records import make_record, write_run


@pytest.fixture
def board(tmp_path):
    return hostile_board(tmp_path / "run")


def test_the_readme_says_verdicts_first_and_folds_details(board, tmp_path):
    text = render(board, tmp_path / "out").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.+)$|^<summary>(.+)</summary>$", text, re.MULTILINE)
    assert [opened or folded for opened, folded in titles][:5] == [
        "Verdicts",
        "Over all tasks and budgets",
        "sums · tiny (exact_match, higher is better)",
        "Details",
        "How to read the numbers",
    ]
    (line,) = [line for line in text.splitlines() if line.startswith("| sums, tiny | 25% |")]
    assert [cell.strip() for cell in line.split("|")[3:6]] == ["good (+7.0)", "bad (-9.0)", "–"]
    assert text.count("<details>") == text.count("</details>") > 3
    for linked in re.findall(r"\]\(([^)#]+)\)", text):
        assert (tmp_path / "out" / linked).is_file(), linked


def test_a_readme_has_a_line_per_selector_whatever_its_budgets(board, tmp_path):
    text = render(board, tmp_path / "out").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if re.match(r"\| [^|]*\| good \|", line)]
    main = lines[0].split("|")
    assert [cell.strip() for cell in main[1:4]] == ["1–2 a", "good", "38.50 ± 0.50"]
    assert main[5].strip() == "better ▲"
    assert main[6].strip() == main[7].strip() == "38.50 ± 0.50 ▲"
    assert "oracle † 45.50 ± 0.50 (50%)" in text


def test_markup_in_a_label_stays_text(tmp_path):
    record = make_record("good", "10%", 0, 0)
    cell = record.cell.model_copy(update={"selector": "*x* [a](http://b) <b>|"})
    others = [make_record("random", "10%", s, 0) for s in range(3)]
    run = write_run(tmp_path / "run", [*others, record.model_copy(update={"cell": cell})])
    text = render(build_leaderboard(run), tmp_path / "out").read_text(encoding="utf-8")
    assert r"\*x\* [a]\(http://b) &lt;b&gt;\|" in text
    assert "[a](" not in text


def test_rows_without_a_verdict_are_not_counted_as_undecided(tmp_path):
    records = [make_record("random", "10%", s, 0, value=30 + s / 10) for s in range(3)]
    records += [make_record("good", "10%", None, s, value=30.1 + s / 10) for s in range(3)]
    records += [make_record("bad", "10%", None, 0)]
    (table,) = verdict_section(build_leaderboard(write_run(tmp_path, records))).tables
    assert table.header[-2:] == ["Undecided", "No verdict"]
    assert table.rows[0][-2:] == ["0", "1"] and "good" in table.rows[0][4]


def test_references_are_on_one_line_and_oracles_beyond_supply_are_marked(run_folder):
    (board,) = build_leaderboard(run_folder).boards
    (line,) = [line for line in board_section(board, {}).lines if line.startswith("References")]
    assert "base 20.00, full" in line
    assert line.count("†") == 1
    assert "oracle † 45.50 ± 0.50 (50%)" in line
