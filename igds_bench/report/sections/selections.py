"""What a report says of selections: what was chosen, at which cost, and how much it has in common.

Reads records, manifests and what is known of the data; where older records lack a field, its cells
stay empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import fmean

from pydantic import ValidationError

from igds_bench.core.record import QUANTILES, Phase, SelectionSummary
from igds_bench.data.near_duplicates import Near, NearDuplicates
from igds_bench.report.board.leaderboard import Leaderboard
from igds_bench.report.board.overlap import Manifests, Overlaps, overlaps, shown_budget
from igds_bench.report.board.rows import Board, Row
from igds_bench.report.figures.selections import draw_selection
from igds_bench.report.sections.section import Section, Table
from igds_bench.report.sections.words import seconds_text

NONE = "–"
SOURCES = 4
"""Sources of a selection that are listed; the others are counted."""
MEDIAN = QUANTILES.index(0.5)


def selection_section(board: Leaderboard, figures: Path, folders: Sequence[Path]) -> Section:
    """Return the section, empty where no selector ran.

    Args:
        board: what the folders' records say.
        figures: folder that figures are drawn into.
        folders: of runs or leaderboards, for ``manifests`` and ``data``; either may be missing.
    """
    manifests = Manifests(folders)
    tables: list[Table] = []
    captions: dict[str, str] = {}
    for part in board.boards:
        budget = shown_budget(part)
        if budget is None:
            continue
        found = overlaps(part, budget, manifests)
        tables += selection_tables(part, budget, found)
        captions |= draw_selection(part, budget, found, figures)
    tasks = {part.task for part in board.boards}
    near = [line for kept in read_near(folders) if kept.task in tasks for line in near_lines(kept)]
    lines = [*(_notes(tables, captions) if tables else []), *near]
    return Section("Selections", lines, tables, captions)


def read_near(folders: Iterable[Path]) -> list[NearDuplicates]:
    """Return what ``data/*.json`` say of near-duplicates; files that say something else don't."""
    found = {}
    for path in (p for folder in folders for p in sorted((folder / "data").glob("*.json"))):
        try:
            kept = NearDuplicates.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError, UnicodeDecodeError):
            continue
        found[kept.task] = kept
    return list(found.values())


def near_lines(found: NearDuplicates) -> list[str]:
    """Return one sentence for the pool, and one for each split that is set against it."""
    lines = [
        f"{found.task}, pool: {_near(found.pool)} another example of the pool as near-duplicate "
        f"(Jaccard of word 3-grams of prompt and response at least {found.threshold:g})."
    ]
    for name, near in found.others.items():
        pairs = ", ".join(f"{left} with {right}" for left, right in near.pairs)
        examples = f" ({pairs})" if pairs else ""
        lines.append(f"{found.task}, {name}: {_near(near)} a near-duplicate in the pool{examples}.")
    return lines


def _near(near: Near) -> str:
    of = f"{near.n:,} examples"
    if near.total > near.n:
        of = f"a sample of {near.n:,} from {near.total:,} examples"
    return f"{near.near:,} ({near.share:.1%}) of {of} have"


def _notes(tables: Sequence[Table], captions: Iterable[str]) -> list[str]:
    """Return what must be known to read the tables."""
    lines = [
        "Each table is at the budget that most selectors have, of several the largest; values are "
        "means over selection seeds. “Score” is the median score of the chosen against that of "
        "every row with a score; “score ~” is Spearman's correlation of score and length in tokens "
        "over the pool."
    ]
    if any(stem.endswith("--overlap") for stem in captions):
        lines.append(
            "“Jaccard” compares the chosen sets at the first selection seed; “order” is Spearman's "
            "correlation of the places at which the pool's rows were chosen, with all rows that "
            "were not chosen tied last, so it is low for selections that choose different rows. "
            "“Seeds” is the mean Jaccard between a selector's selection seeds, “smaller in "
            "larger” the share of its selections at smaller budgets that larger ones contain."
        )
    if any(str(row[0]).endswith(" *") for table in tables for row in table.rows):
        lines.append(
            "* used work that it shared with other selectors, and is charged as if it had run "
            "alone."
        )
    return lines


def selection_tables(part: Board, budget: str, found: Overlaps | None) -> list[Table]:
    """Return what was chosen at a budget, what choosing cost, and what choices have in common."""
    rows = [row for row in part.rows if row.budget == budget and _distinct(row)]
    rows.sort(key=lambda row: (row.selector != part.baseline, row.selector))
    place = f"{part.task} · {part.model} · {budget}"
    full = part.full
    pool = [_chosen(full, "pool")] if full is not None and _distinct(full) else []
    header = ["Selector", "Sources", "n", "Backfilled", "Prompt tokens", "Response tokens"]
    header += ["Score, chosen / pool", "score ~ prompt", "score ~ response"]
    lines = [*pool, *(_chosen(row, row.selector) for row in rows)]
    tables = [Table(header, lines, f"Chosen: {place}")]
    header = ["Selector", "Seconds", "FLOPs", "Tokens forwarded", "Sequences", "Peak memory"]
    spent = [_cost(row) for row in rows if row.kind == "contender"]
    tables.append(Table(header, spent, f"Cost of selecting: {place}", text_columns=1))
    if found is not None:
        header = ["Selector", "Nearest", "Jaccard", "Order", f"Jaccard with {part.against}"]
        header += [f"Order with {part.against}", "Seeds", "Smaller in larger"]
        kept = [row.selector for row in rows if row.selector in found.names]
        shared = [_overlap(name, found, part.baseline) for name in kept]
        title = f"In common: {place}, Jaccard by chance {found.chance:.2f}"
        tables.append(Table(header, shared, title))
    return [table for table in tables if table.rows]


def _distinct(row: Row) -> list[SelectionSummary]:
    """Return a row's selections, each once however many trainings used it."""
    return list({r.selection.fingerprint: r.selection for r in row.records if r.selection}.values())


def _chosen(row: Row, name: str) -> list[str]:
    selections = _distinct(row)
    backfilled = [float(s.filtering.backfilled) for s in selections if s.filtering is not None]
    return [
        name,
        _sources(selections),
        f"{fmean(s.n for s in selections):,.0f}",
        f"{fmean(backfilled):,.0f}" if backfilled else NONE,
        f"{fmean(s.mean_prompt_tokens for s in selections):,.1f}",
        f"{fmean(s.mean_response_tokens for s in selections):,.1f}",
        f"{_median(selections, 'score_quantiles')} / {_median(selections, 'pool_score_quantiles')}",
        *(_correlation(selections, part) for part in ("prompt", "response")),
    ]


def _sources(selections: Sequence[SelectionSummary]) -> str:
    """Return the shares of the most frequent sources, over all draws."""
    counts = sum((Counter(s.sources) for s in selections), Counter[str]())
    if not set(counts) - {""}:
        return NONE
    top = counts.most_common(SOURCES)
    parts = [f"{name or 'unnamed'} {count / counts.total():.0%}" for name, count in top]
    left = len(counts) - len(top)
    return ", ".join(parts) + (f", {left} more" if left else "")


def _median(selections: Sequence[SelectionSummary], name: str) -> str:
    kept = [getattr(s, name)[MEDIAN] for s in selections if getattr(s, name)]
    return f"{fmean(kept):.3g}" if kept else NONE


def _correlation(selections: Sequence[SelectionSummary], part: str) -> str:
    kept = [s.score_length_correlation for s in selections if part in s.score_length_correlation]
    return f"{fmean(found[part] for found in kept):+.2f}" if kept else NONE


def _cost(row: Row) -> list[str]:
    charged = [[p for p in r.phases if p.charge == "selection"] for r in row.records]
    phases = [phase for found in charged for phase in found]
    peaks = [p.peak_memory_bytes for p in phases if p.peak_memory_bytes is not None]
    flops = row.flops("selection")
    return [
        row.selector + (" *" if any(phase.shared for phase in phases) else ""),
        seconds_text(row.seconds("selection")),
        flops_text(flops) if flops or phases else NONE,
        _mean_sum(charged, lambda phase: phase.tokens),
        _mean_sum(charged, lambda phase: phase.examples),
        f"{max(peaks) / 1e9:.2f} GB" if peaks else NONE,
    ]


def _mean_sum(charged: Sequence[Sequence[Phase]], value: Callable[[Phase], int | None]) -> str:
    """Return the mean over records of a sum over their phases, where any of them says one."""
    if all(value(phase) is None for phases in charged for phase in phases):
        return NONE
    return f"{fmean(sum(value(p) or 0 for p in phases) for phases in charged):,.0f}"


def flops_text(flops: float) -> str:
    """Return a number of operations with its prefix: ``3.1 T`` for 3.1e12."""
    for size, prefix in ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M")):
        if flops >= size:
            return f"{flops / size:.3g} {prefix}"
    return f"{flops:.0f}"


def _overlap(name: str, found: Overlaps, baseline: str) -> list[str]:
    nearest = found.nearest(name)
    other = baseline if baseline in found.names and baseline != name else None
    return [
        name,
        nearest or NONE,
        *(_pair(found.of(name, nearest)) if nearest else (NONE, NONE)),
        *(_pair(found.of(name, other)) if other else (NONE, NONE)),
        f"{found.seeds[name]:.2f}" if name in found.seeds else NONE,
        f"{found.budgets[name]:.2f}" if name in found.budgets else NONE,
    ]


def _pair(values: tuple[float, float]) -> tuple[str, str]:
    overlap, order = values
    # A number that differs from itself is none: an order without variation has no correlation.
    return f"{overlap:.2f}", f"{order:+.2f}" if order == order else NONE
