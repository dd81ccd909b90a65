"""The words and numbers of a leaderboard, shared by every format it is rendered in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from igds_bench.core.record import Environment, RunRecord
from igds_bench.report.leaderboard import Board, Leaderboard, Row
from igds_bench.report.statistics import MIN_SEEDS, Difference, Summary


def score_text(summary: Summary | None) -> str:
    """Return ``mean ± sd`` over seeds, or the mean alone for a single one."""
    if summary is None:
        return "–"
    return f"{summary.mean:.2f}" + (f" ± {summary.sd:.2f}" if summary.sd is not None else "")


def difference_text(found: Difference | None) -> str:
    """Return ``+1.2 [0.3, 2.1]``, or the difference alone where no interval is warranted."""
    if found is None:
        return ""
    if found.low is None or found.high is None:
        return f"{found.mean:+.2f}"
    return f"{found.mean:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"


def seconds_text(seconds: float) -> str:
    """Return a duration in seconds or minutes."""
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def table(board: Board) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a board: one row per selector and budget."""
    others = [name for name in board.metrics if name != board.primary]
    header = ["Budget", "Selector", board.primary, *others, "n", "Against random"]
    header += ["Δ features", "Tokens", "Selection", "Training"]
    return header, [_cells(row, board, others) for row in board.rows]


def _cells(row: Row, board: Board, others: Sequence[str]) -> list[str]:
    main = row.metrics.get(board.primary)
    amplified = row.amplification
    tuned = row.selector != "base"
    return [
        row.budget or ("100%" if row.selector == "full" else "–"),
        row.selector + (" †" if row.beyond_supply else ""),
        score_text(main),
        *(score_text(row.metrics.get(name)) for name in others),
        str(main.n if main else 0),
        difference_text(row.against_random),
        f"{amplified:+.3f}" if amplified is not None else "",
        f"{row.tokens:,.0f}" if row.tokens is not None else "",
        seconds_text(row.seconds("selection")) if row.kind == "contender" else "",
        seconds_text(row.seconds("training")) if tuned else "",
    ]


def headline(board: Board) -> list[str]:
    """Return one sentence per budget: who leads, and whether that is more than chance."""
    sentences = []
    for budget in board.budgets:
        rivals = [r for r in board.rows if r.budget == budget and r.against_random is not None]
        if not rivals:
            sentences.append(f"{budget}: {_no_rivals(board, budget)}")
            continue
        sign = 1 if board.higher_is_better else -1
        best = max(rivals, key=lambda r: sign * r.against_random.mean if r.against_random else 0)
        sentences.append(f"{budget}: {_verdict(best, sign)}{_worse(rivals, sign)}")
    return sentences


def _no_rivals(board: Board, budget: str) -> str:
    if board.row("random", budget) is None:
        return "no random row to read the others against."
    return "no selector besides random."


def _verdict(best: Row, sign: int) -> str:
    found = best.against_random
    assert found is not None
    lead = f"{best.selector} is the best selector, {found.mean:+.2f} against random"
    if sign * found.mean <= 0:
        return f"no selector does better than random (the nearest, {best.selector}: " + (
            f"{found.mean:+.2f})."
        )
    if found.low is None:
        return f"{lead}; too few seeds ({found.n} and {found.n_random}) for an interval."
    if found.excludes_zero:
        return f"{lead}, 95% interval {found.low:+.2f} to {found.high:+.2f}."
    return f"{lead}, but the 95% interval {found.low:+.2f} to {found.high:+.2f} includes 0."


def _worse(rivals: Sequence[Row], sign: int) -> str:
    worse = [
        r.selector
        for r in rivals
        if r.against_random and r.against_random.excludes_zero and sign * r.against_random.mean < 0
    ]
    return f" Worse than random: {', '.join(worse)}." if worse else ""


def notes(board: Leaderboard) -> list[str]:
    """Return what a reader must know before reading any number."""
    found = [
        "Scores are mean ± standard deviation over n seeds (selection draws x training seeds). "
        "“Against random” is the difference of means to `random` at the same budget with Welch's "
        f"95% t interval over seeds, not corrected for the number of rows; below {MIN_SEEDS} "
        "values on a side there is no interval.",
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


def data_lines(board: Leaderboard) -> list[str]:
    """Return one sentence per task about its data: sizes, duplicates, drops."""
    lines: dict[str, str] = {}
    for record in board.records:
        facts = record.settings.get("data") or {}
        shown = ", ".join(f"{key} {value}" for key, value in facts.items() if value not in ({}, ""))
        lines.setdefault(record.cell.task, f"{record.cell.task}: {shown}.")
    return list(lines.values())


def random_spread(board: Board) -> list[str]:
    """Return how much of random's spread comes from the draw and how much from training."""
    import numpy as np

    lines = []
    for row in board.rows:
        grid = _seed_grid(row, board.primary)
        if row.selector != "random" or grid is None:
            continue
        draw = float(np.std(grid.mean(axis=1), ddof=1))
        training = float(np.sqrt(grid.var(axis=1, ddof=1).mean()))
        lines.append(
            f"{row.budget}: the means of {grid.shape[0]} draws have a standard deviation of "
            f"{draw:.2f}; within a draw, {grid.shape[1]} training seeds have {training:.2f}."
        )
    return lines


def _seed_grid(row: Row, metric: str) -> Any:
    """Return (draws, training seeds) of a metric, or None where they aren't fully crossed."""
    import numpy as np

    values = {
        (r.cell.selection_seed, r.cell.training_seed): r.scores[metric].value
        for r in row.records
        if metric in r.scores
    }
    draws, seeds = ({key[i] for key in values} for i in (0, 1))
    if len(draws) < 2 or len(seeds) < 2 or len(values) != len(draws) * len(seeds):
        return None
    return np.array([[values[d, t] for t in sorted(seeds)] for d in sorted(draws)])  # type: ignore[type-var]


def estimate_line(records: Sequence[RunRecord]) -> str:
    """Return how right the plan's seconds were, over stages that were computed."""
    phases = {p.key: p for r in records for p in r.phases if p.estimated_seconds}
    actual = sum(phase.seconds for phase in phases.values())
    planned = sum(phase.estimated_seconds or 0.0 for phase in phases.values())
    if not actual:
        return ""
    return (
        f"The plan estimated {seconds_text(planned)} for {len(phases)} stages that took "
        f"{seconds_text(actual)} (ratio {planned / actual:.2f})."
    )


def environment_lines(records: Sequence[RunRecord]) -> list[str]:
    """Return what the records were made with: one line per distinct environment."""
    found: dict[str, int] = {}
    for record in records:
        if record.environment is not None:
            line = _environment_line(record.environment)
            found[line] = found.get(line, 0) + 1
    return [f"{count} records: {line}" for line, count in found.items()]


def _environment_line(env: Environment) -> str:
    commit = f"commit {env.commit[:12]}" if env.commit else "installed"
    if env.dirty:
        commit += " with uncommitted changes"
    packages = ", ".join(f"{name} {version}" for name, version in env.packages.items())
    return (
        f"igds_bench {env.igds_bench} ({commit}), Python {env.python}, {env.device}, "
        f"{env.processor}, {env.cores} cores, {env.threads} threads; {packages}."
    )
