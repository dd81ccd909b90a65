"""Selection by the base model's own loss (perplexity) of the response."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Literal

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.selection import Ranking


@dataclass(frozen=True)
class Loss:
    """Rank by mean response-token cross-entropy given the prompt, in nats per token."""

    direction: Literal["low", "high", "mid"] = "low"
    """Which losses come first; ``mid`` is nearest to the pool's median. The IGDS paper's loss
    baseline keeps the lowest. Published scripts disagree on the direction."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by loss in the asked direction.

        The scores are the losses themselves; for ``mid`` their distance to the median.
        """
        losses = context.response_losses(pool)
        means = {id_: loss.total / max(1, loss.tokens) for id_, loss in losses.items()}
        if self.direction == "mid":
            centre = median(means.values())
            means = {id_: abs(value - centre) for id_, value in means.items()}
        return Ranking.by_score(means, context.seed, higher_is_better=self.direction == "high")
