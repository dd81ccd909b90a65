"""A leaderboard as LaTeX tables (booktabs), one per model and task, to be included in a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.overlap import shown_budget
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.sections import words as text
from igds_bench.report.statistics.summaries import Summary

HEAD = """\
% Needs \\usepackage{booktabs}, and for accents \\usepackage[utf8]{inputenc} in old distributions.
% Names in other scripts need XeLaTeX or LuaLaTeX.
"""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "–": "--",
    **{character: "\\" + character for character in "&%$#_{}"},
}
MARKS = {"better": "+", "worse": "-", "tied": "="}
MANY = 40
"""Rows from which on a table is set smaller."""


def latex(board: Leaderboard) -> str:
    """Return the tables of all boards; contenders best first, references and controls apart."""
    return "\n".join([HEAD, *(_table(part) for part in board.boards)])


def escape(words: str) -> str:
    """Return text that LaTeX sets as it is, on one line."""
    line = " ".join(words.split()).replace('"', "''")
    return re.sub(r"[\\~^<>|–&%$#_{}]", lambda found: SPECIAL[found[0]], line)


def _table(part: Board) -> str:
    budgets = part.budgets
    blocks = [_references(part), *_contenders(part)]
    lines = _joined(blocks)
    place = f"{part.task}-{part.model}"
    size = "\\footnotesize" if len(lines) > MANY else "\\small"
    groups = " & ".join(f"\\multicolumn{{2}}{{c}}{{{escape(budget)}}}" for budget in budgets)
    return "\n".join(
        [
            "\\begin{table}",
            "\\centering",
            f"\\caption{{{_caption(part)}}}",
            f"\\label{{tab:{re.sub(r'[^A-Za-z0-9-]+', '-', place)}}}",
            size,
            f"\\begin{{tabular}}{{l{'r@{}l' * max(len(budgets), 1)}}}",
            "\\toprule",
            f"Selector & {groups} \\\\" if budgets else "Selector & & \\\\",
            "\\midrule",
            *lines,
            "\\bottomrule",
            "\\end{tabular}",
            "\\end{table}",
            "",
        ]
    )


def _caption(part: Board) -> str:
    direction = "higher" if part.higher_is_better else "lower"
    margins = {row.verdict.margin for row in part.rows if row.verdict}
    points = text.points_text(next(iter(margins), 1.0))
    seeds = sorted({s.n for row in part.rows if (s := row.metrics.get(part.primary))})
    over = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}" if seeds else "no"
    what = escape(f"{part.primary} ({direction} is better) of {part.model} on {part.task}")
    daggers = any(row.beyond_supply for row in part.rows)
    sentences = [
        f"{what} by budget: mean $\\pm$ standard deviation over {over} seeds.",
        f"Against {escape(text.draws_text(part.against))} at the same budget: $^{{+}}$ better, "
        "$^{-}$ worse (paired $t$ tests",
        "over seeds and test examples, 5\\% after Holm's correction),",
        f"$^{{=}}$ tied within {points}; no mark: undecided.",
        "Bold: the best, and what can't be told apart from it.",
        "$^{\\dagger}$ More than the clean source holds." if daggers else "",
    ]
    return " ".join(sentences).strip()


def _joined(blocks: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of all blocks that have any, with a rule between blocks."""
    found: list[str] = []
    for block in blocks:
        if block:
            found += [*(["\\midrule"] if found else []), *(f"{line} \\\\" for line in block)]
    return found


def _references(part: Board) -> list[str]:
    """Return rows without a budget, across all columns, and those of references by budget."""
    rows = [row for row in part.rows if row.kind == "reference"]
    width = 2 * max(len(part.budgets), 1)
    lines = []
    for name in dict.fromkeys(row.selector for row in rows):
        whole = next((r for r in rows if r.selector == name and r.budget is None), None)
        if whole is None:
            lines.append(_line(part, name))
        else:
            score = _score(whole.metrics.get(part.primary))
            cell = f"\\multicolumn{{{width}}}{{c}}{{{''.join(score)}}}"
            lines.append(f"{escape(name)} & {cell}")
    return lines


def _contenders(part: Board) -> list[list[str]]:
    """Return the lines of contenders and of controls, best first at the most common budget."""
    main = shown_budget(part)
    sign = -1.0 if part.higher_is_better else 1.0

    def order(row: Row) -> tuple[bool, float, str]:
        summary = row.metrics.get(part.primary)
        value = sign * summary.mean if summary else float("inf")
        return row.budget != main, value, row.selector

    rows = sorted((row for row in part.rows if row.kind == "contender"), key=order)
    return [
        [
            _line(part, name)
            for name in dict.fromkeys(row.selector for row in rows if row.control == control)
        ]
        for control in (False, True)
    ]


def _line(part: Board, selector: str) -> str:
    """Return a selector and two cells per budget: the mean, and its spread with the verdict."""
    cells = [escape(selector)]
    for budget in part.budgets:
        row = part.row(selector, budget)
        if row is None:
            cells += ["", ""]
            continue
        mean, spread = _score(row.metrics.get(part.primary))
        best = row.rank is not None and "a" in row.rank.group
        mark = MARKS.get(text.word_text(row.verdict), "")
        mark += "\\dagger" if row.beyond_supply else ""
        cells += [
            f"\\textbf{{{mean}}}" if best else mean,
            spread + (f"$^{{{mark}}}$" if mark else ""),
        ]
    return " & ".join(cells)


def _score(summary: Summary | None) -> tuple[str, str]:
    if summary is None:
        return "", ""
    value = f"{summary.mean:.2f}".replace("-", "$-$")
    return value, f"\\,$\\pm$\\,{summary.sd:.2f}" if summary.sd is not None else ""
