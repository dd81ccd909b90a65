"""The words and numbers of a leaderboard, shared by every format it is rendered in."""

from __future__ import annotations

from collections.abc import Sequence

from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.rows import NO_BASELINE, Board, Row
from igds_bench.report.board.spread import underpowered
from igds_bench.report.statistics.simulated import simulated_note
from igds_bench.report.statistics.summaries import Summary
from igds_bench.report.statistics.verdict import Verdict


def score_text(summary: Summary | None) -> str:
    """Return ``mean ± sd`` over seeds, or the mean alone for a single one."""
    if summary is None:
        return "–"
    return f"{summary.mean:.2f}" + (f" ± {summary.sd:.2f}" if summary.sd is not None else "")


def difference_text(found: Verdict | None) -> str:
    """Return ``+1.2 [0.3, 2.1]``, or the difference alone where no interval is warranted."""
    if found is None:
        return ""
    if found.low is None or found.high is None:
        return f"{found.difference:+.2f}"
    return f"{found.difference:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"


def word_text(found: Verdict | None) -> str:
    """Return the verdict's word, ``no verdict`` where seeds are too few, or nothing."""
    if found is None:
        return ""
    return found.word or "no verdict"


def seconds_text(seconds: float) -> str:
    """Return a duration in seconds or minutes."""
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def selector_text(row: Row) -> str:
    """Return a row's selector with its marks."""
    return row.selector + (" †" if row.beyond_supply else "") + (" ‡" if row.control else "")


def headline(board: Board) -> list[str]:
    """Return one sentence per budget: who is better and worse, and what is undecided."""
    return [f"{budget}: {_budget_headline(board, budget)}" for budget in board.budgets]


def _budget_headline(board: Board, budget: str) -> str:
    rows = [r for r in board.rows if r.budget == budget and r.kind == "contender"]
    judged = [r for r in rows if r.verdict is not None and not r.control]
    against = board.against
    if board.baseline_at(budget) is None:
        return f"no {board.baseline or 'baseline'} row to read the others against."
    if not judged:
        return f"no selector besides {against}."
    sign = 1 if board.higher_is_better else -1
    judged.sort(key=lambda r: -sign * r.verdict.difference if r.verdict else 0.0)
    by_word = {
        word: [r for r in judged if word_text(r.verdict) == word]
        for word in ("better", "worse", "tied", "undecided", "no verdict")
    }
    better, worse = by_word["better"], by_word["worse"]
    parts = [_listed(f"better than {against}", better) if better else _nobody(judged[0], against)]
    parts += [_listed("worse", worse)] if worse else []
    parts += [f"tied: {_names(by_word['tied'])}"] if by_word["tied"] else []
    undecided = by_word["undecided"]
    parts += [f"undecided: {len(undecided)} of {len(judged)}"] if undecided else []
    few = by_word["no verdict"]
    parts += [f"no verdict, with too few seeds or none that vary: {_names(few)}"] if few else []
    return "; ".join(parts) + "."


def _nobody(nearest: Row, against: str) -> str:
    shown = f"the nearest, {nearest.selector}: {difference_text(nearest.verdict)}"
    return f"nothing is shown to be better than {against} ({shown})"


def _listed(how: str, rows: Sequence[Row]) -> str:
    shown = ", ".join(f"{row.selector} ({difference_text(row.verdict)})" for row in rows)
    return f"{how}: {shown}"


def _names(rows: Sequence[Row]) -> str:
    return ", ".join(row.selector for row in rows)


def notes(board: Leaderboard) -> list[str]:
    """Return what a reader must know before reading any number."""
    against = board.against
    found = [
        "Scores are mean ± standard deviation over n seeds (selection draws x training seeds). "
        f"“Against {against}” is the paired difference to all {draws_text(against)} at the same "
        "budget, with its 95% t interval over two sources of chance, seeds and test examples "
        "(Satterthwaite's degrees of freedom), not corrected for the number of comparisons. The "
        "verdict is one of four words: better or worse, by the difference's p value after Holm's "
        "correction over all selectors, controls included, and budgets of one model and task, at "
        "5%; tied, if two one-sided tests at 5%, not corrected, put the difference within "
        f"{margins_text(board)} of {against}; undecided otherwise. A difference that is certain is "
        "better or worse even within that margin. Seeds are draws where a selector draws at "
        "random, else trainings; below 3 of them on a side there is no verdict.",
        "Ranks are among the selectors at one budget, with a 95% interval by the bootstrap over "
        "test examples and Student's t over seeds; rows that share a letter can't be told apart, "
        "pairs at 5% each. Controls (‡ in a terminal) are judged but not ranked.",
        simulated_note(),
        "“Δ features” is the change, tuned minus base, of the summed mean activation of the "
        "task's features at the critical token t*, on a probe split that no selector saw. "
        "“Selection” charges each selector the stages it asks for as if it had run alone.",
    ]
    if any(row.beyond_supply for b in board.boards for row in b.rows):
        found.append("† asks for more than the pool's clean source holds.")
    if any(b.model == "tiny" for b in board.boards):
        found.append(
            "The embedded model `tiny` proves the machinery; it says little about large models."
        )
    return found


def cautions(board: Board) -> list[str]:
    """Return what a reader of a board's verdicts must know first: how little they can find."""
    verdicts = [row.verdict for row in board.rows if row.verdict and row.verdict.parts]
    alone = verdicts and all(verdict.examples == 1 for verdict in verdicts)
    seeds = (
        "No test examples are stored, so that intervals are over seeds alone and claim nothing "
        "about other test examples."
    )
    return [line for line in (underpowered(board), seeds if alone else "") if line]


def draws_text(against: str) -> str:
    """Return what the baseline's cells are called: ``random draws``."""
    return f"{against} draws" if against != NO_BASELINE else f"{against}'s draws"


def points_text(points: float) -> str:
    """Return a number of points: ``1 point``, ``0.5 points``."""
    return f"{points:g} point" + ("" if points == 1 else "s")


def margins_text(board: Leaderboard) -> str:
    """Return the margin within which rows are tied, by task where tasks have their own."""
    margins = {b.task: r.verdict.margin for b in board.boards for r in b.rows if r.verdict}
    if len(set(margins.values())) < 2:
        return points_text(next(iter(margins.values()), 1.0))
    return ", ".join(f"{margin:g} ({task})" for task, margin in margins.items()) + " points"
