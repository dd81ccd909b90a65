"""LESS (Xia et al., ICML 2024, arXiv 2402.04333); checked against princeton-nlp/LESS.

Differs from the original:

- LoRA sits on every linear layer but the head, so that it fits any architecture; the original
  adapts q, k, v and o, which ``target_modules`` can name.
- Adam's direction has epsilon outside the root, as the AdamW that trained the adapter has; the
  original's is inside, where 1e-8 outweighs squared gradients below it
  (``eps_inside_root`` gives that one). Neither corrects the bias of the moments.
- The learning rate never is 0: the original's first step is, which for a small pool is a whole
  checkpoint of weight 0.
- Checkpoint weights are the learning rates themselves; the original divides by their sum, which
  changes no ranking.
- No dropout while gradients are measured, so that a score is reproducible.
- The random projection is drawn anew block by block in plain torch, without a CUDA kernel, and is
  applied in float32; the original rounds gradients to half precision before it.
- Too long an example loses the start of its prompt; the original cuts the end, and with it the
  response.
- Subtasks are the target's sources, of any size; the original cuts its target into equal parts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from igds_bench.core.data import Pool
from igds_bench.core.protocols import SelectionContext
from igds_bench.core.seeding import content_key
from igds_bench.core.selection import Ranking
from igds_bench.errors import DataError

if TYPE_CHECKING:
    from igds_bench.modeling.load import LanguageModel


@dataclass(frozen=True)
class Less:
    """Rank by ``Inf(x) = max over subtasks of mean_z sum_c eta_c cos(Adam_c(x), grad_c(z))``.

    c runs over the checkpoints of a LoRA warm-up, one per epoch; x is an example of the pool, z a
    target sample; both are projected to ``dimension`` numbers (definition 3.1 and section 4).
    """

    warmup_share: Annotated[float, Field(gt=0, le=1)] = 0.05
    """Share of the pool, drawn by the seed, that the warm-up trains on."""
    epochs: Annotated[int, Field(ge=1)] = 4
    """Epochs of the warm-up; each leaves a checkpoint."""
    r: Annotated[int, Field(ge=1)] = 128
    """Rank of LoRA."""
    alpha: Annotated[int, Field(ge=1)] = 512
    """LoRA's scale, before it is divided by ``r``."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Dropout in front of LoRA during the warm-up."""
    target_modules: tuple[str, ...] = ()
    """Names of the layers that get LoRA, such as q_proj; none means every one but the head."""
    learning_rate: Annotated[float, Field(gt=0)] = 2e-5
    """Highest learning rate; it rises over 3% of the steps, then falls linearly."""
    batch_size: Annotated[int, Field(ge=1)] = 32
    """Examples of an optimizer step."""
    max_length: Annotated[int, Field(ge=2)] = 2048
    """Most tokens of an example; the model's context length where that is less."""
    dimension: Annotated[int, Field(ge=64, multiple_of=64)] = 8192
    """Numbers that a gradient is projected to; a cosine is off by about 1 / sqrt(dimension)."""
    eps_inside_root: bool = False
    """Whether Adam divides by sqrt(v + eps), as the original does, or by sqrt(v) + eps."""

    def rank(self, pool: Pool, context: SelectionContext) -> Ranking:
        """Return ids by influence, most first; scores lie within the sum of learning rates.

        Raises:
            DataError: the task has no target samples.
            StageError: the warm-up diverged, or a target gradient isn't finite.
        """
        from igds_bench_less.datastore import collect
        from igds_bench_less.influence import influence

        target = context.target.samples
        if not len(pool) or not len(target):
            raise DataError(
                f"less compares {len(pool)} pool examples with {len(target)} target samples and "
                "needs both: name a task whose `prior` or `dev` split has rows."
            )
        # Sorted by id, so that what is kept fits a pool in any order.
        pool = pool.take(sorted(pool.ids))
        target = target.take(sorted(target.ids))
        folder = self._folder(pool, context)
        stored = collect(self, pool, target, context, folder)
        subtasks = self._subtasks(target)
        values = influence(stored, list(subtasks.values()))
        scores = dict(zip(pool.ids, values.tolist(), strict=True))
        notes = {
            "checkpoints": len(stored),
            "etas": [checkpoint.eta for checkpoint in stored],
            "subtasks": {name: len(places) for name, places in subtasks.items()},
            "store_bytes": sum(c.pool.nbytes + c.target.nbytes for c in stored),
        }
        return Ranking.by_score(scores, context.seed, notes=notes)

    def _folder(self, pool: Pool, context: SelectionContext) -> Path:
        """Return where this pass is kept: another pool, model, seed or parameter has its own."""
        lm: LanguageModel = context.model("base")
        # Random numbers differ between kinds of device, so a projection can't move to another.
        model = [lm.path, lm.revision, str(lm.model.dtype), lm.device.type]
        key = content_key("less", 1, asdict(self), context.seed, model, pool.ids)
        return context.work / f"less-{key}"

    def _subtasks(self, target: Pool) -> dict[str, list[int]]:
        """Return the target's positions by source; without sources all are one subtask."""
        places: dict[str, list[int]] = defaultdict(list)
        for place, example in enumerate(target):
            places[example.source].append(place)
        return dict(sorted(places.items()))
