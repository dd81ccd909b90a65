"""Many continuations of one prompt, whose keys and values are kept once.

A batch of continuations attends to two places: the keys and values of its prompt, of which there is
one copy per prompt however many continuations it has, and its own suffix. Both parts are computed
apart and joined exactly, by their running maxima and sums (the identity behind FlashAttention, Dao
et al., arXiv 2205.14135, section 3.1; for shared prefixes Juravsky et al., arXiv 2402.05099).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import AttentionInterface, DynamicCache
from transformers.cache_utils import DynamicLayer

from igds_bench.errors import ModelError
from igds_bench.modeling.batches import pad_left
from igds_bench.modeling.load import LanguageModel

NAME = "igds_shared_prefix"
"""Name of the attention implementation, as transformers knows it."""
Part = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Weighted values (..., head_dim), running maximum (..., 1) and sum of weights (..., 1)."""


@dataclass(frozen=True)
class Prefix:
    """Prompts of S samples, read up to the token before t*."""

    keys: list[torch.Tensor]
    """By layer, of shape (S, key-value heads, P, head_dim), padded at the start."""
    values: list[torch.Tensor]
    mask: torch.Tensor
    """(S, P): True where there is a token."""
    last: torch.Tensor
    """(S,): the token at t*."""

    @property
    def lengths(self) -> torch.Tensor:
        """Tokens before t*, by sample."""
        return self.mask.sum(dim=1)

    def part(self, start: int, end: int) -> Prefix:
        """Return the samples from ``start`` to ``end``, without copying."""
        keys = [states[start:end] for states in self.keys]
        values = [states[start:end] for states in self.values]
        return Prefix(keys, values, self.mask[start:end], self.last[start:end])


def read_prefix(lm: LanguageModel, prompts: Sequence[Sequence[int]]) -> Prefix:
    """Read all tokens before t*, padded at the start so that t* is one column."""
    ids, mask = pad_left(prompts, lm.tokenizer.pad_token_id, lm.device)
    if ids.shape[1] == 1:
        return Prefix([], [], mask[:, :0].bool(), ids[:, -1])
    cache = DynamicCache()
    lm.model(
        input_ids=ids[:, :-1],
        attention_mask=mask[:, :-1],
        position_ids=(mask[:, :-1].cumsum(dim=1) - 1).clamp(min=0),
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    layers: list[Any] = list(cache.layers)
    keys, values = [layer.keys for layer in layers], [layer.values for layer in layers]
    return Prefix(keys, values, mask[:, :-1].bool(), ids[:, -1])


class _Suffix(DynamicLayer):
    """A layer of a cache that writes new positions into room it has, instead of copying itself.

    Args:
        room: positions that will be added to what is there when it is first written to.
    """

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room, self._length = room, 0
        self._keys = self._values = torch.empty(0)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write new keys and values behind the others and return all."""
        start, end = self._length, self._length + key_states.shape[-2]
        if not self.is_initialized:
            self._keys = _with_room(key_states, self._room)
            self._values = _with_room(value_states, self._room)
            self.dtype, self.device = key_states.dtype, key_states.device
            self.is_initialized = True
        self._keys[:, :, start:end] = key_states
        self._values[:, :, start:end] = value_states
        self._length = end
        self.keys, self.values = self._keys[:, :, :end], self._values[:, :, :end]
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep only some rows."""
        self._keys, self._values = self._keys[indices], self._values[indices]
        self.keys, self.values = (
            self._keys[:, :, : self._length],
            self._values[:, :, : self._length],
        )


def _with_room(states: torch.Tensor, room: int) -> torch.Tensor:
    rows, heads, _, width = states.shape
    return states.new_zeros(rows, heads, room, width)


@dataclass
class Continuations:
    """R rows that each continue one of the prompts; changed as they grow and leave.

    Args:
        prefix: the prompts.
        sample: (R,): which prompt each row continues.
        room: positions that rows have in all, the first at t*.
    """

    prefix: Prefix
    sample: torch.Tensor
    room: int
    cache: DynamicCache = field(init=False)
    seen: torch.Tensor = field(init=False)
    """(R, T): which columns of the suffix hold a token of the row."""

    def __post_init__(self) -> None:
        self.cache = DynamicCache()
        self.cache.layers = [_Suffix(self.room) for _ in self.prefix.keys] or self.cache.layers
        self.seen = torch.zeros(
            len(self.sample), 0, dtype=torch.bool, device=self.prefix.mask.device
        )
        self._arrange()

    def _arrange(self) -> None:
        """Lay the rows out as (samples, most rows of a sample), with -1 where there is none."""
        device = self.prefix.mask.device
        order = torch.argsort(self.sample, stable=True)
        counts = torch.bincount(self.sample, minlength=len(self.prefix.last))
        first = (counts.cumsum(0) - counts)[self.sample[order]]
        column = torch.arange(len(order), device=device) - first
        self.slots = torch.full((len(counts), int(counts.max())), -1, device=device)
        self.slots[self.sample[order], column] = order
        self.place = torch.empty_like(order)
        self.place[order] = self.sample[order] * self.slots.shape[1] + column
        self.is_grid = bool(
            (self.slots.flatten() == torch.arange(self.slots.numel(), device=device)).all()
        )

    def keep(self, rows: torch.Tensor) -> None:
        """Keep only some rows, in this order."""
        self.sample, self.seen = self.sample[rows], self.seen[rows]
        self.cache.batch_select_indices(rows)
        self._arrange()

    def add(self, valid: torch.Tensor) -> torch.Tensor:
        """Add columns for new tokens (R, q), True where a row has one; return their positions."""
        before = self.prefix.lengths[self.sample] + self.seen.sum(dim=1)
        self.seen = torch.cat([self.seen, valid], dim=1)
        positions: torch.Tensor = before[:, None] + valid.cumsum(dim=1) - 1
        return positions.clamp(min=0)


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


def continue_rows(
    lm: LanguageModel, rows: Continuations, ids: torch.Tensor, valid: torch.Tensor, keep: int = 0
) -> torch.Tensor:
    """Run tokens (R, q) behind what each row has; return logits of the last ``keep`` positions.

    Args:
        lm: the model, inside ``sharing``.
        rows: the continuations; they grow by q columns.
        ids: token ids; any where ``valid`` is False.
        valid: (R, q) booleans, True at the start of each row.
        keep: positions with logits; 0 gives all.
    """
    logits: torch.Tensor = lm.model(
        input_ids=ids,
        position_ids=rows.add(valid),
        past_key_values=rows.cache,
        use_cache=True,
        logits_to_keep=keep,
        continuations=rows,
    ).logits
    return logits


def _attend(  # noqa: PLR0913 (the signature that transformers gives attention functions)
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    softcap: float | None = None,
    sliding_window: int | None = None,
    continuations: Continuations | None = None,
    s_aux: torch.Tensor | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attend to the shared prefix and to each row's own suffix; the interface of transformers."""
    if continuations is None or s_aux is not None:
        raise ModelError(f"{type(module).__name__} can't share prompts between continuations.")
    rows, heads, length, width = query.shape
    kv_heads = key.shape[1]
    scale = width**-0.5 if scaling is None else scaling
    grouped = query.reshape(rows, kv_heads, heads // kv_heads * length, width)
    reach = continuations.prefix.mask.shape[1] + key.shape[2]
    window = sliding_window if sliding_window is not None and reach > sliding_window else None
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
    scores.masked_fill_(~visible, torch.finfo(scores.dtype).min)
    highest = scores.amax(dim=-1, keepdim=True)
    weights = scores.sub_(highest).exp_()
    weighted = torch.matmul(weights.to(values.dtype), values).float()
    return weighted, highest, weights.sum(dim=-1, keepdim=True)


def _join(first: Part, second: Part) -> Part:
    """Join attention over two disjoint sets of keys, exactly."""
    highest = torch.maximum(first[1], second[1])
    left, right = (first[1] - highest).exp(), (second[1] - highest).exp()
    return first[0] * left + second[0] * right, highest, first[2] * left + second[2] * right


AttentionInterface.register(NAME, _attend)
