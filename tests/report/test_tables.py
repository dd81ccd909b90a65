"""The README, and tables for papers and programs: what they hold, and that text stays text."""

import re
import shutil
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.formats.flat import flat_rows, write_parquet
from igds_bench.report.formats.latex import escape, latex
from igds_bench.report.render import render
from igds_bench.report.sections.readme import verdict_section
from tests.builders.records import all_records, make_record, write_run

HOSTILE = r'a_b & 100% $x$ #1 {y} \end{tabular} ~^ "q" <i> a|b é'


def hostile_records():
    found = []
    for seed in range(3):
        record = make_record("good", "10%", 0, seed)
        cell = record.cell.model_copy(update={"selector": HOSTILE})
        found.append(record.model_copy(update={"cell": cell, "key": f"odd{seed}"}))
    return found


@pytest.fixture
def board(tmp_path):
    return build_leaderboard(write_run(tmp_path / "run", all_records() + hostile_records()))


def cells(text, label):
    """Return the cells of the one line of a LaTeX or Markdown table that begins with a label."""
    (line,) = [line for line in text.splitlines() if line.startswith(label)]
    return [cell.strip() for cell in re.split(r"[&|]", line.removesuffix("\\\\"))]


def test_a_latex_table_has_mean_spread_and_verdict_by_budget(board):
    text = latex(board)
    header, good = cells(text, "Selector &"), cells(text, "good &")
    assert [re.sub(r"\\multicolumn\{2\}\{c\}", "", c) for c in header[1:]] == [
        r"{10\%}", r"{25\%}", r"{50\%}"
    ]  # fmt: skip
    assert good[1:3] == [r"\textbf{38.50}", r"\,$\pm$\,0.50$^{+}$"]
    assert cells(text, "bad &")[2].endswith("$^{-}$")
    assert cells(text, "base &")[1] == r"\multicolumn{6}{c}{20.00}"
    assert cells(text, "oracle &")[-1].endswith(r"$^{\dagger}$")
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 1


def test_latex_shows_special_characters_as_they_are(board):
    text = latex(board)
    shown = escape(HOSTILE)
    assert f"{shown} &" in text
    assert shown == (
        r"a\_b \& 100\% \$x\$ \#1 \{y\} \textbackslash{}end\{tabular\} \textasciitilde{}"
        r"\textasciicircum{} ''q'' \textless{}i\textgreater{} a\textbar{}b é"
    )
    assert escape("two\n\nparagraphs") == "two paragraphs"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex isn't installed")
def test_the_latex_tables_compile(board, tmp_path):
    (tmp_path / "leaderboard.tex").write_text(latex(board), encoding="utf-8")
    (tmp_path / "paper.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs}\\begin{document}"
        "\\input{leaderboard.tex}\\end{document}"
    )
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_every_value_of_the_parquet_is_that_of_the_rows_and_columns_keep_their_types(
    board, tmp_path
):
    rows = flat_rows(board)
    write_parquet(rows, tmp_path / "all.parquet")
    assert pq.read_table(tmp_path / "all.parquet").to_pylist() == rows
    bare = [dict.fromkeys(rows[0]) | {"selector": "base", "mean": 1.0, "n": 1, "primary": True}]
    write_parquet(bare, tmp_path / "bare.parquet")
    full, empty = (pq.read_schema(tmp_path / f"{n}.parquet") for n in ("all", "bare"))
    assert full.field("verdict").type == empty.field("verdict").type == pa.string()
    assert full.field("p").type == empty.field("p").type == pa.float64()


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


def test_a_row_beyond_the_supply_keeps_its_verdict_in_latex(tmp_path):
    records = [make_record("random", "10%", s, 0, value=30 + s / 10) for s in range(3)]
    for s in range(3):
        record = make_record("good", "10%", None, s, value=40 + s / 10)
        beyond = record.selection.model_copy(update={"beyond_supply": True})
        records.append(record.model_copy(update={"selection": beyond}))
    text = latex(build_leaderboard(write_run(tmp_path, records)))
    assert r"$^{+\dagger}$" in text
