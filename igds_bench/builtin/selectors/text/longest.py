"""Longest responses first (Zhao et al., ICML 2024, arXiv 2402.04833).

Checked against what tml-epfl/long-is-more-for-alignment says and publishes; the repository holds
the chosen data, not the code that chose them. Differs from the original: length is counted with the
tokenizer of the model that is trained, the end token included, and ties are broken by the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec


@dataclass(frozen=True)
class Longest:
    """Rank by the number of response tokens of the model that is trained."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by response tokens, most first."""
        counts = context.token_counts(pool)
        return Ranking.by_score(
            {id_: float(count.response) for id_, count in counts.items()}, context.seed
        )


SPEC = SelectorSpec(
    name="longest",
    build=Longest,
    summary="Most response tokens first.",
    needs=frozenset({"tokenizer"}),
    paper="Zhao et al., ICML 2024, arXiv 2402.04833",
    original="tml-epfl/long-is-more-for-alignment",
)
