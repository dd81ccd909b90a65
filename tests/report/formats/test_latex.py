"""Tables for papers: what they hold, and that text stays text."""

import re
import shutil
import subprocess

import pytest

from igds_bench.report.board.leaderboard import build_leaderboard
from igds_bench.report.formats.latex import escape, latex
from tests.builders.boards import HOSTILE, hostile_board
from tests.builders.records import make_record, write_run


@pytest.fixture
def board(tmp_path):
    return hostile_board(tmp_path / "run")


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


def test_a_row_beyond_the_supply_keeps_its_verdict_in_latex(tmp_path):
    records = [make_record("random", "10%", s, 0, value=30 + s / 10) for s in range(3)]
    for s in range(3):
        record = make_record("good", "10%", None, s, value=40 + s / 10)
        beyond = record.selection.model_copy(update={"beyond_supply": True})
        records.append(record.model_copy(update={"selection": beyond}))
    text = latex(build_leaderboard(write_run(tmp_path, records)))
    assert r"$^{+\dagger}$" in text
