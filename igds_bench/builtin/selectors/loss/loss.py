"""Selection by the base model's own loss (perplexity) of the response."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Literal

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.quantities import TokenLosses
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec


@dataclass(frozen=True)
class Loss:
    """Rank by mean response-token cross-entropy given the prompt, in nats per token.

    The prompt is masked, the end-of-sequence token counts: it is what training minimises. The
    loss baseline of arXiv 2604.25167, which released no code to check against.
    """

    direction: Literal["low", "high", "mid"] = "low"
    """Which losses come first; ``mid`` is nearest to the pool's median. The IGDS paper's loss
    baseline keeps the lowest. Published scripts disagree on the direction."""

    def quantities(self) -> tuple[TokenLosses, ...]:
        """Return the losses given the prompt."""
        return (TokenLosses(),)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by loss in the asked direction.

        The scores are the losses themselves; for ``mid`` their distance to the median.
        """
        losses = context.measured(pool, TokenLosses())
        values = (losses.sums() / losses.lengths).tolist()
        means = dict(zip(pool.ids, values, strict=True))
        if self.direction == "mid":
            centre = median(means.values())
            means = {id_: abs(value - centre) for id_, value in means.items()}
        return Ranking.by_score(means, context.seed, higher_is_better=self.direction == "high")


SPEC = SelectorSpec(
    name="loss",
    build=Loss,
    summary="Mean cross-entropy of the response under the base model, lowest first.",
    needs=frozenset({"base"}),
    cost="1 forward",
    paper="baseline of arXiv 2604.25167",
)
