"""What the README of a board says: verdicts first, then one table per task, details folded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.overlap import shown_budget
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.sections import words as text
from igds_bench.report.sections.section import Section, Table

WORDS = ("better", "worse", "tied", "undecided", "no verdict")
MARKS = {"better": "▲", "worse": "▼", "tied": "="}
NAMED = 6
"""Selectors that a line of the verdicts names; the others are counted."""
FILES = (
    ("page to explore, opens from disk", "index.html"),
    ("CSV", "leaderboard.csv"),
    ("Parquet", "leaderboard.parquet"),
    ("JSON", "leaderboard.json"),
    ("LaTeX", "leaderboard.tex"),
)


def opening(board: Leaderboard) -> list[str]:
    """Return the paragraphs above all sections: what this is, and where the rest lies."""
    files = " · ".join(f"[{name}]({file})" for name, file in FILES)
    records = board.records
    models = {part.model for part in board.boards}
    tasks = {part.task for part in board.boards}
    counts = f"{len(records):,} records: {_count(models, 'model')}, {_count(tasks, 'task')}"
    counts += f", {len(board.failed)} failed" if board.failed else ""
    counts += f", {len(board.problems)} problems named below" if board.problems else ""
    warning = [note for note in text.notes(board) if note.startswith("The embedded model")]
    return [files, f"{counts}.", *warning]


def _count(names: Collection[str], what: str) -> str:
    return f"{len(names)} {what}" + ("" if len(names) == 1 else "s")


def verdict_section(board: Leaderboard) -> Section:
    """Return who is better and worse than the baseline, per task, model and budget."""
    draws = text.draws_text(board.against)
    judged = [(part, row) for part in board.boards for row in part.rows if _is_judged(row)]
    if not judged:
        return Section("Verdicts", [f"No selector is set against {draws}."])
    counts = [sum(_word(row) == word for _, row in judged) for word in WORDS]
    found = ", ".join(f"{n} {word}" for n, word in zip(counts, WORDS, strict=True) if n)
    lines = [
        f"Of {len(judged)} comparisons with {draws} at the same budget: {found}. Controls are not "
        "counted.",
        f"▲ better, ▼ worse, each at 5% after Holm's correction; = tied within "
        f"{text.margins_text(board)}; no mark: undecided.",
    ]
    rows = [
        line
        for part in board.boards
        for budget in part.budgets
        if (line := _verdict_line(part, budget)) is not None
    ]
    header = [
        "Task, model",
        "Budget",
        f"Better than {board.against}",
        "Worse",
        "Tied",
        "Undecided",
        "No verdict",
    ]
    return Section("Verdicts", lines, [Table(header, rows, text_columns=5)])


def _verdict_line(part: Board, budget: str) -> list[str] | None:
    rows = [row for row in part.rows if row.budget == budget and _is_judged(row)]
    if not rows:
        return None
    rows.sort(key=_best_first(part))
    by_word = {word: [row for row in rows if _word(row) == word] for word in WORDS}
    return [
        f"{part.task}, {part.model}",
        budget,
        *(_named(by_word[word]) for word in ("better", "worse", "tied")),
        *(str(len(by_word[word])) for word in ("undecided", "no verdict")),
    ]


def _named(rows: Sequence[Row]) -> str:
    shown = [f"{r.selector} ({r.verdict.difference:+.1f})" for r in rows[:NAMED] if r.verdict]
    more = len(rows) - NAMED
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "") if shown else "–"


def standing_section(board: Leaderboard) -> Section:
    """Return the selectors over all places, empty where there is a single place."""
    if max((standing.places for standing in board.standings), default=0) < 2:
        return Section("Over all tasks and budgets")
    line = (
        "Mean rank is 0 for the first and 1 for the last at each model, task and budget where a "
        f"selector ran; wins are against {board.against}. In brackets: the range when one task is "
        "left out."
    )
    rows = [
        [
            s.selector,
            f"{s.mean_rank:.2f} [{s.rank_low:.2f}, {s.rank_high:.2f}]",
            "–" if s.win_rate is None else f"{s.win_rate:.0%} [{s.win_low:.0%}, {s.win_high:.0%}]",
            str(s.places),
        ]
        for s in board.standings
    ]
    header = ["Selector", "Mean rank", "Wins", "Places"]
    return Section("Over all tasks and budgets", [line], [Table(header, rows, text_columns=1)])


def board_section(part: Board, figures: Mapping[str, str]) -> Section:
    """Return one table of contenders, one of controls, and the references of a model and task.

    Args:
        part: of one model and task.
        figures: caption by stem, those that belong beside the tables.
    """
    direction = "higher" if part.higher_is_better else "lower"
    title = f"{part.task} · {part.model} ({part.primary}, {direction} is better)"
    contenders = [row for row in part.rows if row.kind == "contender"]
    main = shown_budget(part)
    tables = []
    if main is not None:
        tables = [
            _main_table(part, main, [r for r in contenders if r.control == control], name)
            for control, name in ((False, "Selector"), (True, "Control"))
        ]
    references = [row for row in part.rows if row.kind == "reference"]
    lines = [*text.cautions(part), *_reference_lines(references, part)]
    return Section(title, lines, [t for t in tables if t.rows], figures)


def _reference_lines(rows: Sequence[Row], part: Board) -> list[str]:
    parts = [
        f"{text.selector_text(row)} {text.score_text(row.metrics[part.primary])}"
        + (f" ({row.budget})" if row.budget else "")
        for row in rows
        if part.primary in row.metrics
    ]
    return ["References: " + ", ".join(parts) + "."] if parts else []


def _main_table(part: Board, main: str, rows: Sequence[Row], name: str) -> Table:
    """Return a line per selector: all about the main budget, the score alone at the others."""
    others = [budget for budget in part.budgets if budget != main]
    places = {row.place: row for row in rows}
    order = _best_first(part)
    here = sorted((row for row in rows if row.budget == main), key=order)
    selectors = dict.fromkeys(row.selector for row in [*here, *rows])
    lines = []
    for selector in selectors:
        row = places.get((selector, main))
        scores = [_marked(places.get((selector, budget)), part) for budget in others]
        lines.append([_rank(row), selector, *_at_main(row, part), *scores])
    header = ["Rank", name, f"{part.primary}, {main}", f"Against {part.against}", "Verdict"]
    # Controls have no rank.
    cut = 0 if any(line[0] for line in lines) else 1
    return Table([*header, *others][cut:], [line[cut:] for line in lines], text_columns=2 - cut)


def _at_main(row: Row | None, part: Board) -> list[str]:
    if row is None:
        return ["", "", ""]
    mark = MARKS.get(_word(row), "")
    return [
        text.score_text(row.metrics.get(part.primary)) + (" †" if row.beyond_supply else ""),
        text.difference_text(row.verdict),
        f"{text.word_text(row.verdict)} {mark}".strip(),
    ]


def _rank(row: Row | None) -> str:
    if row is None or row.rank is None:
        return ""
    low, high = row.rank.low, row.rank.high
    return (f"{low}" if low == high else f"{low}–{high}") + f" {row.rank.group}"


def _marked(row: Row | None, part: Board) -> str:
    if row is None:
        return ""
    return f"{text.score_text(row.metrics.get(part.primary))} {MARKS.get(_word(row), '')}".strip()


def _is_judged(row: Row) -> bool:
    return row.verdict is not None and not row.control


def _word(row: Row) -> str:
    return text.word_text(row.verdict)


def _best_first(part: Board) -> Callable[[Row], tuple[float, str]]:
    sign = -1.0 if part.higher_is_better else 1.0

    def key(row: Row) -> tuple[float, str]:
        summary = row.metrics.get(part.primary)
        return (sign * summary.mean if summary else float("inf"), row.selector)

    return key


def problem_section(board: Leaderboard) -> Section:
    """Return what was left out of the verdicts, or keeps rows without one."""
    return Section("Problems", board.problems)


def failure_section(board: Leaderboard) -> Section:
    """Return the failed cells with their reasons."""
    return Section("Failed cells", [f"{r.cell.id}: {r.reason}" for r in board.failed])
