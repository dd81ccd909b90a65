"""Greedy outputs under amplification: the original's text is checked first, then continued.

An amplified run often begins with the original's own words. So its text is not generated token by
token: the original's is run once under every arm, all positions at a time; up to the first position
where an arm prefers another token both texts are the same, and only from there on is it generated.
(Speculative decoding with the original output as the draft: Leviathan et al., arXiv 2211.17192; for
greedy decoding exact.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from igds_bench.features.interventions.arms import LayerArms
from igds_bench.features.interventions.shared_prefix import Continuations, Prefix, continue_rows
from igds_bench.features.interventions.trunk import (
    BranchRun,
    Trunk,
    active_branches,
    chunks,
    rows_after,
    run_branches,
    run_trunk,
)
from igds_bench.modeling.capture import hook_block
from igds_bench.modeling.load import LanguageModel

ROWS = 256
"""Continuations that grow in one batch on a CPU; four times that on a GPU."""
POSITIONS = 8192
"""Positions that are checked in one batch on a CPU; eight times that on a GPU."""
LOGIT_BYTES = 512 * 2**20
"""Memory that the logits of a batch may take on a CPU; eight times that on a GPU."""


def rows_per_batch(lm: LanguageModel, positions: int) -> int:
    """Return how many rows of some positions run in one batch."""
    factor = 1 if lm.device.type == "cpu" else 8
    vocabulary = int(lm.model.get_output_embeddings().weight.shape[0])
    by_logits = factor * LOGIT_BYTES // (4 * vocabulary * positions)
    return max(1, min(factor * POSITIONS // positions, by_logits, factor * ROWS))


def original_outputs(lm: LanguageModel, prefix: Prefix, max_new_tokens: int) -> list[list[int]]:
    """Return the greedy tokens of every sample, the end token included where it is reached."""
    everyone = torch.arange(len(prefix.last), device=lm.device)
    rows = Continuations(prefix, everyone, max_new_tokens)
    room = torch.full_like(everyone, max_new_tokens)
    return _grow(lm, rows, prefix.last, room, None)


@dataclass
class _Amplification:
    """Adds each row's arm to the stream; changed as rows leave."""

    arms: LayerArms
    arm: torch.Tensor

    def __call__(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden + self.arms.change(hidden, self.arm)


def amplified_outputs(
    lm: LanguageModel,
    prefix: Prefix,
    originals: Sequence[Sequence[int]],
    arms: Sequence[LayerArms],
    wanted: Sequence[int],
    max_new_tokens: int,
) -> dict[int, list[list[int]]]:
    """Return the greedy tokens of every arm on every sample, as [number of the arm][sample].

    Args:
        lm: the model, inside ``sharing``.
        prefix: the samples' prompts.
        originals: what the model says without amplification, as ``original_outputs`` returns it.
        arms: by layer.
        wanted: numbers of the arms that are asked for.
        max_new_tokens: longest output.
    """
    trunk = run_trunk(lm, prefix, originals, [layer.layer for layer in arms])
    found: dict[int, list[list[int]]] = {}
    for layer in arms:
        own = [place for place, number in enumerate(layer.numbers) if number in set(wanted)]
        outputs = {place: [list(text) for text in originals] for place in own}
        branches, strengths = active_branches(trunk, layer, own)
        for part in chunks(branches, rows_per_batch(lm, trunk.ids.shape[1])):
            run = run_branches(lm, trunk, layer, part, strengths)
            _settle(lm, trunk, layer, run, max_new_tokens, outputs)
        found |= {layer.numbers[place]: texts for place, texts in outputs.items()}
    return found


def _settle(
    lm: LanguageModel,
    trunk: Trunk,
    layer: LayerArms,
    run: BranchRun,
    max_new_tokens: int,
    outputs: dict[int, list[list[int]]],
) -> None:
    """Write the texts of a branch's rows: the original's start, then what they say instead."""
    sample, arm = run.branches.sample, run.branches.arm
    preferred = run.logits.argmax(dim=-1)
    width = preferred.shape[1]
    differs = (preferred != trunk.targets[sample, :width]) & trunk.valid[sample, :width]
    picked = torch.nonzero(differs.any(dim=1)).flatten()
    if len(picked) == 0:
        return
    agreed = differs[picked].int().argmax(dim=1)
    first = preferred[picked, agreed]
    room = max_new_tokens - agreed - 1
    rows = rows_after(trunk, run, layer.layer, picked, agreed + 1, int(room.max()))
    hook = _Amplification(layer, arm[picked])
    tails = _grow(lm, rows, first, room, hook)
    for place, text, row, common, token in zip(
        arm[picked].tolist(), tails, picked.tolist(), agreed.tolist(), first.tolist(), strict=True
    ):
        position = int(sample[row])
        outputs[place][position] = [*outputs[place][position][:common], token, *text]


def _grow(
    lm: LanguageModel,
    rows: Continuations,
    first: torch.Tensor,
    room: torch.Tensor,
    hook: _Amplification | None,
) -> list[list[int]]:
    """Return what each row says after its first token, up to its end token or its room.

    Rows leave the batch once they end, as soon as a quarter of it has ended.
    """
    ends = torch.tensor(lm.end_tokens, device=lm.device)
    found: list[list[int]] = [[] for _ in range(len(first))]
    alive = torch.arange(len(first), device=lm.device)
    current = first
    is_start = hook is None
    ended = (room <= 0) | (torch.isin(current, ends) & (not is_start))
    handle = hook_block(lm.model, hook.arms.layer, hook) if hook else None
    try:
        while not bool(ended.all()):
            if int(ended.sum()) * 4 >= len(ended):
                keep = torch.nonzero(~ended).flatten()
                rows.keep(keep)
                current, alive, room, ended = current[keep], alive[keep], room[keep], ended[keep]
                if hook:
                    hook.arm = hook.arm[keep]
            logits = continue_rows(lm, rows, current[:, None], ~ended[:, None], keep=1)
            current, room = logits[:, -1].argmax(dim=-1), room - 1
            for row, token, is_over in zip(
                alive.tolist(), current.tolist(), ended.tolist(), strict=True
            ):
                if not is_over:
                    found[row].append(token)
            ended = ended | torch.isin(current, ends) | (room <= 0)
    finally:
        if handle is not None:
            handle.remove()
    return found
