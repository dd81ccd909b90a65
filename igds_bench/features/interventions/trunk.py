"""The original run over a text, from which amplified runs branch off above a feature's layer.

What a feature adds after block l changes neither the blocks up to l nor the text that is read, so
on one text all arms of a layer share those blocks: they are computed once, and an amplified run
begins with the residual stream after block l.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from igds_bench.features.interventions.arms import LayerArms
from igds_bench.features.interventions.shared_prefix import Continuations, Prefix, continue_rows
from igds_bench.modeling.batches import pad_right
from igds_bench.modeling.capture import decoder_blocks, hook_block
from igds_bench.modeling.load import LanguageModel


@dataclass(frozen=True)
class Trunk:
    """The model's run over [t*, text] of S samples, each behind its prompt."""

    prefix: Prefix
    ids: torch.Tensor
    """(S, n): t* and all tokens of the text but the last."""
    targets: torch.Tensor
    """(S, n): the token that follows each position."""
    valid: torch.Tensor
    """(S, n): True where there is a position."""
    residuals: dict[int, torch.Tensor]
    """By layer, (S, n, d_model): the stream after the block."""
    cache: DynamicCache
    """Keys and values of all n positions."""
    logits: torch.Tensor
    """(S, n, vocabulary)."""


def run_trunk(
    lm: LanguageModel, prefix: Prefix, texts: Sequence[Sequence[int]], layers: Sequence[int]
) -> Trunk:
    """Run texts, each of one token or more, behind their prompts; inside ``sharing``."""
    targets = pad_right(texts, lm.tokenizer.pad_token_id, lm.device)
    lengths = torch.tensor([len(text) for text in texts], device=lm.device)
    valid = torch.arange(targets.shape[1], device=lm.device) < lengths[:, None]
    ids = torch.cat([prefix.last[:, None], targets[:, :-1]], dim=1)
    everyone = torch.arange(len(texts), device=lm.device)
    rows = Continuations(prefix, everyone, targets.shape[1])
    residuals: dict[int, torch.Tensor] = {}
    with ExitStack() as stack:
        for layer in layers:

            def keep(hidden: torch.Tensor, layer: int = layer) -> None:
                residuals[layer] = hidden

            stack.callback(hook_block(lm.model, layer, keep).remove)
        logits = continue_rows(lm, rows, ids, valid)
    return Trunk(prefix, ids, targets, valid, residuals, rows.cache, logits)


@dataclass(frozen=True)
class Branches:
    """R amplified runs over the trunk's text."""

    sample: torch.Tensor
    """(R,): which sample each row is of."""
    arm: torch.Tensor
    """(R,): which of the layer's arms it has."""


def active_branches(
    trunk: Trunk, arms: LayerArms, wanted: Sequence[int]
) -> tuple[Branches, torch.Tensor]:
    """Return the runs that differ from the original at all, sample by sample, and strengths.

    An arm whose feature is active at no position of the text changes nothing there.

    Args:
        trunk: the original run.
        arms: the arms of one layer.
        wanted: which of them to look at.

    Returns:
        The branches, and every arm's activation, of shape (S, n, A).
    """
    strengths = arms.strengths(trunk.residuals[arms.layer]) * trunk.valid[..., None]
    is_active = (strengths != 0).any(dim=1)
    allowed = torch.zeros(is_active.shape[1], dtype=torch.bool, device=is_active.device)
    allowed[list(wanted)] = True
    pairs = torch.nonzero(is_active & allowed)
    return Branches(pairs[:, 0], pairs[:, 1]), strengths


def chunks(branches: Branches, size: int) -> Iterator[Branches]:
    """Split branches into batches of at most ``size`` rows."""
    for start in range(0, len(branches.sample), size):
        rows = slice(start, start + size)
        yield Branches(branches.sample[rows], branches.arm[rows])


@dataclass(frozen=True)
class BranchRun:
    """What amplified runs over the trunk's text gave."""

    branches: Branches
    rows: Continuations
    """Their cache holds the blocks above the arms' layer alone."""
    logits: torch.Tensor
    """(R, m, vocabulary), where m is the length of the longest text among the rows."""


def run_branches(
    lm: LanguageModel, trunk: Trunk, arms: LayerArms, branches: Branches, strengths: torch.Tensor
) -> BranchRun:
    """Run amplified text from the block above the arms' layer; inside ``sharing``."""
    sample, arm = branches.sample, branches.arm
    low, high = int(sample.min()), int(sample.max()) + 1
    width = int(trunk.valid[low:high].sum(dim=1).max())
    own = strengths[sample, :width, arm]
    change = own[..., None] * arms.direction[arm][:, None, :]
    hidden = trunk.residuals[arms.layer][sample, :width]
    rows = Continuations(trunk.prefix.part(low, high), sample - low, width)
    with _starting_after(lm.model, arms.layer, hidden + change.to(hidden.dtype)):
        logits = continue_rows(lm, rows, trunk.ids[sample, :width], trunk.valid[sample, :width])
    return BranchRun(branches, rows, logits)


@contextmanager
def _starting_after(model: Any, layer: int, hidden: torch.Tensor) -> Iterator[None]:
    """Let a model's forward begin with the residual stream after a block."""
    blocks = list(decoder_blocks(model))[: layer + 1]
    for block in blocks:
        block.forward = lambda *_, **__: hidden
    try:
        yield
    finally:
        for block in blocks:
            del block.forward


def rows_after(
    trunk: Trunk,
    run: BranchRun,
    layer: int,
    picked: torch.Tensor,
    accepted: torch.Tensor,
    room: int,
) -> Continuations:
    """Return some rows of a branch as rows that can go on by themselves.

    Args:
        trunk: gives keys and values of the blocks up to ``layer``, which the arms left as it was.
        run: gives those of the blocks above.
        layer: the arms' layer.
        picked: (K,): which rows.
        accepted: (K,): how many positions of each are kept, t* included.
        room: positions that will be added.
    """
    width = run.logits.shape[1]
    own = Continuations(run.rows.prefix, run.rows.sample[picked], width + room)
    sample = run.branches.sample[picked]
    places: list[Any] = list(own.cache.layers)
    for number, place in enumerate(places):
        cache, index = (trunk.cache, sample) if number <= layer else (run.rows.cache, picked)
        source: Any = cache.layers[number]
        place.update(source.keys[index, :, :width], source.values[index, :, :width])
    own.seen = torch.arange(width, device=accepted.device) < accepted[:, None]
    return own
