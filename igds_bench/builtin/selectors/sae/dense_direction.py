"""A dense direction at t* in place of an SAE feature: what the dictionary adds, if anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.seeding import keyed_order
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec

SAMPLE = 4096
"""Pool examples whose mean is taken."""


@dataclass(frozen=True)
class DenseDirection:
    """Rank by the projection on the difference of means at t*: target prior minus pool.

    The residual stream at t*, after one block, of the target's prior samples against a sample of
    the pool; no SAE and no intervention.
    """

    layer: Annotated[int, Field(ge=0)] | None = None
    """The block after which the stream is read; None takes the middle one."""
    score_with: Literal["probe", "base"] = "probe"
    """Which model reads the prompts."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by projection, highest first."""
        from igds_bench.errors import DataError
        from igds_bench.features.resonance import direction_scores
        from igds_bench.modeling.capture import residuals_at_end

        lm = context.model(self.score_with)
        layer = lm.n_layers // 2 if self.layer is None else self.layer
        if layer >= lm.n_layers:
            raise DataError(
                f"dense-direction: layer {layer} is not there; the model has layers 0 to "
                f"{lm.n_layers - 1}."
            )
        sample = keyed_order(pool.ids, context.seed, "pool mean")[:SAMPLE]
        means = [
            residuals_at_end(lm, prompts, [layer], context.progress)[:, 0].mean(dim=0)
            for prompts in (context.target.prior, pool.take(sample))
        ]
        scores = direction_scores(lm, layer, means[0] - means[1], pool, context.progress)
        by_id = dict(zip(pool.ids, scores.tolist(), strict=True))
        return Ranking.by_score(by_id, context.seed, notes={"layer": layer})


SPEC = SelectorSpec(
    name="dense-direction",
    build=DenseDirection,
    summary="Control: projection on the difference of means at t*, target minus pool.",
    control=True,
    needs=frozenset({"target", "base", "probe"}),
    cost="1 truncated prompt forward",
)
