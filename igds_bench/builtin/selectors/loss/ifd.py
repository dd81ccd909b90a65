"""Instruction-Following Difficulty (Li et al., NAACL 2024, arXiv 2308.12032).

Checked against tianyi-lab/Cherry_LLM (``loss-ratio``) and tianyi-lab/Superfiltering
(``ppl-ratio``). Differs from the originals:

- The model is the one that is tuned unless ``scorer`` names another; Cherry_LLM tunes a first model
  on a part of the data, Superfiltering takes GPT-2.
- The direct text of ``loss-ratio`` is the response after the token that begins a text, not after a
  template's response marker: the templates here belong to tasks, not to one prompt format.
- The end-of-sequence token has a loss in both, since fine-tuning trains it.
- Rows that are dropped (a ratio of 1 or more) come last, nearest to 1 first, so that a budget is
  always met; how many were dropped is in the record. Superfiltering drops a ratio of exactly 1 as
  well, Cherry_LLM keeps it.
- A text that is too long is cut as it is for training; Cherry_LLM leaves such rows out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.quantities import Ragged, TokenLosses
from igds_bench.core.selection import Ranking
from igds_bench.core.specs import SelectorSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Ifd:
    """Rank by IFD, ``s(A|Q) / s(A)``: how much the prompt leaves to be learned; largest first.

    Both variants are of mean token losses: ``loss-ratio`` divides them (Cherry_LLM), ``ppl-ratio``
    their exponentials (Superfiltering, arXiv 2402.00530). They can rank oppositely.
    """

    variant: Literal["loss-ratio", "ppl-ratio"] = "loss-ratio"
    """``ppl-ratio`` reads the bare response, whose first token has no loss."""
    scorer: str | None = None
    """Model that scores: a registered name, hub id or folder; None takes the one that is tuned."""

    def quantities(self) -> tuple[TokenLosses, TokenLosses]:
        """Return the conditional and the direct losses."""
        model = self.scorer or "base"
        direct: Literal["bos+response", "response"] = (
            "bos+response" if self.variant == "loss-ratio" else "response"
        )
        return TokenLosses(model), TokenLosses(model, view=direct)

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by IFD below 1, largest first, then the dropped ones, nearest to 1 first.

        A response without a token to score alone has no ratio, and comes last.
        """
        conditional, direct = (_means(context.measured(pool, q)) for q in self.quantities())
        ratios = ratio(conditional, direct, self.variant)
        by_id = dict(zip(pool.ids, ratios.tolist(), strict=True))
        order = Ranking.by_score({i: _key(r) for i, r in by_id.items()}, context.seed)
        dropped = sum(r >= 1 for r in by_id.values())
        notes = {"dropped": dropped, "survivors": sum(r < 1 for r in by_id.values())}
        unranked = {i: "its response is too short to score" for i in order.unranked}
        return Ranking(order.ids, by_id, True, notes, unranked)


def _means(losses: Ragged) -> NDArray[np.float64]:
    """Return the mean of each row, nan where it is empty."""
    import numpy as np

    return losses.sums() / np.where(losses.lengths > 0, losses.lengths, np.nan)


def ratio(
    conditional: NDArray[np.float64], direct: NDArray[np.float64], variant: str
) -> NDArray[np.float64]:
    """Return IFD from mean losses in nats per token, elementwise.

    ``conditional / direct`` (arXiv 2308.12032, equation 3), or for ``ppl-ratio``
    ``exp(conditional) / exp(direct)`` (arXiv 2402.00530, equation 3).
    """
    import numpy as np

    if variant == "ppl-ratio":
        found: NDArray[np.float64] = np.exp(conditional - direct)
        return found
    with np.errstate(divide="ignore", invalid="ignore"):
        return conditional / direct


def _key(value: float) -> float:
    """Return what to sort by, largest first: survivors by ratio, then the others from 1 up."""
    if not math.isfinite(value):
        return value
    return value if value < 1 else 1.0 / value - 2.0


SPEC = SelectorSpec(
    name="ifd",
    build=Ifd,
    summary="Instruction-Following Difficulty: conditional over direct loss of the response.",
    needs=frozenset({"base"}),
    cost="2 forwards",
    paper="Li et al., NAACL 2024, arXiv 2308.12032",
    original="tianyi-lab/Cherry_LLM, tianyi-lab/Superfiltering",
)
