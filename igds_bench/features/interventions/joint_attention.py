"""Attention over a shared prefix and each row's own suffix, as one.

A batch of continuations attends to two places: the keys and values of its prompt, of which there is
one copy per prompt however many continuations it has, and its own suffix. Both parts are computed
apart and joined exactly, by their running maxima and sums (the identity behind FlashAttention, Dao
et al., arXiv 2205.14135, section 3.1; for shared prefixes Juravsky et al., arXiv 2402.05099).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AttentionInterface

from igds_bench.errors import ModelError
from igds_bench.features.interventions.shared_prefix import Continuations
from igds_bench.modeling.load import LanguageModel

NAME = "igds_shared_prefix"
"""Name of the attention implementation, as transformers knows it."""
Part = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Weighted values (..., head_dim), running maximum (..., 1) and sum of weights (..., 1)."""


@contextmanager
def sharing(lm: LanguageModel) -> Iterator[None]:
    """Let a model's attention read shared prefixes while the block runs.

    Raises:
        ModelError: its attention can't be exchanged.
    """
    before = lm.model.config._attn_implementation
    lm.model.set_attn_implementation(NAME)
    if lm.model.config._attn_implementation != NAME:
        raise ModelError(
            f"{type(lm.model).__name__} has an attention of its own that can't share prompts: "
            "interventions need a model that follows transformers' attention interface."
        )
    try:
        yield
    finally:
        lm.model.set_attn_implementation(before)


def _attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **given: Any,
) -> tuple[torch.Tensor, None]:
    """Attend to the shared prefix and to each row's own suffix; the interface of transformers.

    Models give ``scaling``, ``softcap`` and ``sliding_window`` by name, and ``s_aux`` where they
    have attention sinks; ``continue_rows`` gives ``continuations``.
    """
    continuations, scaling = given.get("continuations"), given.get("scaling")
    if continuations is None or given.get("s_aux") is not None:
        raise ModelError(f"{type(module).__name__} can't share prompts between continuations.")
    rows, heads, length, width = query.shape
    kv_heads, softcap = key.shape[1], given.get("softcap")
    scale = width**-0.5 if scaling is None else scaling
    grouped = query.reshape(rows, kv_heads, heads // kv_heads * length, width)
    reach = continuations.prefix.mask.shape[1] + key.shape[2]
    window = given.get("sliding_window")
    window = window if window is not None and reach > window else None
    sight = _Sight(continuations, length, heads // kv_heads, window)
    own = _part(grouped, key, value, sight.suffix(), scale, softcap)
    if continuations.prefix.keys:
        own = _join(own, _prefix_part(grouped, module.layer_idx, sight, scale, softcap))
    found = (own[0] / own[2]).to(query.dtype)
    return found.reshape(rows, heads, length, width).transpose(1, 2), None


@dataclass(frozen=True)
class _Sight:
    """Which positions the last ``length`` columns of each row may see."""

    rows: Continuations
    length: int
    groups: int
    """Query heads per key-value head."""
    window: int | None

    def suffix(self) -> torch.Tensor:
        """Return (R, 1, groups * length, T): own columns up to each query's."""
        seen = self.rows.seen
        width = seen.shape[1]
        columns = torch.arange(width, device=seen.device)
        queries = columns[width - self.length :, None]
        visible = seen[:, None, :] & (columns <= queries)
        if self.window is not None:
            places = seen.cumsum(dim=1)
            visible &= places[:, None, :] > places[:, width - self.length :, None] - self.window
        return visible[:, None].repeat(1, 1, self.groups, 1)

    def prefix(self) -> torch.Tensor:
        """Return (S, 1, 1 or slots * groups * length, P): the prompt's own tokens."""
        mask = self.rows.prefix.mask
        if self.window is None:
            return mask[:, None, None, :]
        counts = self.rows.seen.cumsum(dim=1)[:, -self.length :]
        from_end = mask.shape[1] - torch.arange(mask.shape[1], device=mask.device)
        near = counts[:, None, :, None] - 1 + from_end < self.window
        near = near.repeat(1, self.groups, 1, 1)
        spread = near[self.rows.slots.clamp(min=0)].flatten(1, 3)
        return mask[:, None, None, :] & spread[:, None]


def _prefix_part(
    grouped: torch.Tensor, layer: int, sight: _Sight, scale: float, softcap: float | None
) -> Part:
    """Attend to the prompts: all rows of a sample are one set of queries."""
    rows = sight.rows
    slots, inner = rows.slots, grouped.shape[2]
    samples, most = slots.shape
    queries = grouped if rows.is_grid else grouped[slots.flatten().clamp(min=0)]
    heads, width = grouped.shape[1], grouped.shape[3]
    queries = queries.reshape(samples, most, heads, inner, width).transpose(1, 2)
    queries = queries.reshape(samples, heads, most * inner, width)
    keys, values = rows.prefix.keys[layer], rows.prefix.values[layer]
    part = _part(queries, keys, values, sight.prefix(), scale, softcap)

    def by_row(found: torch.Tensor) -> torch.Tensor:
        split = found.reshape(samples, heads, most, inner, -1).transpose(1, 2).flatten(0, 1)
        return split if rows.is_grid else split[rows.place]

    return by_row(part[0]), by_row(part[1]), by_row(part[2])


def _part(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    visible: torch.Tensor,
    scale: float,
    softcap: float | None,
) -> Part:
    """Return unnormalised attention over some keys, with its maximum and sum."""
    scores = torch.matmul(queries, keys.transpose(2, 3)).float().mul_(scale)
    if softcap is not None:
        scores = torch.tanh(scores / softcap) * softcap
    # Not minus infinity, which gives NaN to a query that sees none of these keys; what it gets
    # instead vanishes beside the other part's maximum when they are joined.
    scores.masked_fill_(~visible, torch.finfo(scores.dtype).min)
    highest = scores.amax(dim=-1, keepdim=True)
    weights = scores.sub_(highest).exp_()
    weighted = torch.matmul(weights.to(values.dtype), values).float()
    return weighted, highest, weights.sum(dim=-1, keepdim=True)


def _join(first: Part, second: Part) -> Part:
    """Join attention over two disjoint sets of keys, exactly."""
    # A softmax over the union is both sums over one maximum; exp(max - highest) is at most 1.
    highest = torch.maximum(first[1], second[1])
    left, right = (first[1] - highest).exp(), (second[1] - highest).exp()
    return first[0] * left + second[0] * right, highest, first[2] * left + second[2] * right


AttentionInterface.register(NAME, _attend)
