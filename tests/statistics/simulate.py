"""Write the simulation table: ``python -m tests.statistics.simulate --full --write``.

Without ``--full`` there are 200 tables a line instead of 2,000. ``--write`` replaces
``docs/statistics-table.md`` and the figures that reports quote, ``igds_bench/report/coverage.json``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.statistics.studies import (
    APART,
    TABLES,
    Ranked,
    Share,
    Verdicts,
    corpus,
    ranked,
    verdicts,
)
from tests.statistics.tables import Setting

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "statistics-table.md"
QUOTED = ROOT / "igds_bench" / "report" / "coverage.json"
SEEDS = (3, 5, 10)
SPREADS = (1.5, 3.0, 6.0)
SETTINGS = (
    *(Setting(n, spread) for n in SEEDS for spread in SPREADS),
    *(Setting(n, 3.0, ratio=3.0) for n in SEEDS),
    *(Setting(n, 3.0, skewed=True) for n in SEEDS),
)
RANKED = tuple(
    (Setting(n, spread, examples=100), apart)
    for n in SEEDS
    for spread, apart in zip((6.0, 3.0), APART, strict=True)
)
HEAD = """# The statistics on simulated tables

{count:,} tables a line, written by `python -m tests.statistics.simulate --full --write`; the page
[statistics.md](statistics.md) says what the columns mean. Every figure is a percentage with two
Monte-Carlo standard errors.
"""
VERDICTS = """
## Verdicts of a metric that is a mean

| Seeds | Spread | Coverage | False better | False better or worse | False tied | Power (80) | \
Noncentral t | Power, corrected (80) |
|---:|---|---:|---:|---:|---:|---:|---:|---:|
"""
CORPUS = """
## Intervals of a corpus metric (BLEU)

| Seeds | Coverage |
|---:|---:|
"""
RANKS = """
## Ranks and bands

| Seeds | Spread | Rows apart | Coverage of rank intervals | Coverage of bands | Equals told apart |
|---:|---:|---:|---:|---:|---:|
"""


def verdict_line(found: Verdicts) -> str:
    """Return a row of the table of verdicts."""
    setting = found.setting
    spread = f"{setting.spread:g}"
    spread += f", selectors {setting.spread * setting.ratio:g}" if setting.ratio != 1 else ""
    spread += ", skewed" if setting.skewed else ""
    shares = (found.coverage, found.false_better, found.false_words, found.false_tied)
    cells = [_text(one) for one in (*shares, found.power)]
    cells += [f"{100 * found.noncentral:.1f}", _text(found.corrected)]
    return f"| {setting.seeds} | {spread} | {' | '.join(cells)} |\n"


def rank_line(found: Ranked) -> str:
    """Return a row of the table of ranks."""
    cells = [_text(one) for one in (found.coverage, found.band, found.told_apart)]
    setting = found.setting
    return f"| {setting.seeds} | {setting.spread:g} | {found.apart:g} | {' | '.join(cells)} |\n"


def _text(one: Share) -> str:
    return f"{100 * one.value:.1f} ± {200 * one.error:.1f}"


def quoted(
    judged: list[Verdicts], drawn: dict[int, Share], ranks: list[Ranked], count: int
) -> dict[str, object]:
    """Return the worst figures by number of seeds, over equal and normal spreads."""
    plain = [v for v in judged if v.setting.ratio == 1 and not v.setting.skewed]

    def worst(n: int) -> dict[str, float]:
        own = [v for v in plain if v.setting.seeds == n]
        ranked_so = [r for r in ranks if r.setting.seeds == n]
        found = {
            "interval": min(v.coverage.value for v in own),
            "corpus": drawn[n].value,
            "false_better": max(v.false_better.value for v in own),
            "rank": min(r.coverage.value for r in ranked_so),
            "band": min(r.band.value for r in ranked_so),
        }
        return {name: round(value, 4) for name, value in found.items()}

    return {"tables": count, "seeds": {str(n): worst(n) for n in SEEDS}}


def main() -> None:
    """Run, print, and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="2,000 tables a line")
    parser.add_argument("--write", action="store_true", help="replace the committed figures")
    options = parser.parse_args()
    count = TABLES if options.full else TABLES // 10
    text = HEAD.format(count=count) + VERDICTS
    judged = [verdicts(setting, count) for setting in SETTINGS]
    text += "".join(map(verdict_line, judged)) + CORPUS
    drawn = {n: corpus(n, count) for n in SEEDS}
    text += "".join(f"| {n} | {_text(one)} |\n" for n, one in drawn.items()) + RANKS
    ranks = [ranked(setting, apart, count) for setting, apart in RANKED]
    text += "".join(map(rank_line, ranks))
    print(text)  # noqa: T201
    if options.write:
        TABLE.write_text(text, encoding="utf-8")
        figures = json.dumps(quoted(judged, drawn, ranks, count), indent=1)
        QUOTED.write_text(figures + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
