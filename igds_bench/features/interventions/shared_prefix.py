"""Many continuations of one prompt, whose keys and values are kept once.

A prompt's keys and values are the same for every continuation, and most of what would have to be
kept: there is one copy of them per prompt, and every row has only a suffix of its own.
``joint_attention`` attends to both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from igds_bench.modeling.batches import pad_left
from igds_bench.modeling.load import LanguageModel


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
    # Without t*: amplification begins there, and changes its keys and values in the blocks above.
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
            # transformers' own layer joins old and new anew at every token, a copy of all of it.
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
        # All rows of a sample are queries to one copy of its keys: a batch of samples needs as many
        # queries in each, so that rows are laid out as a table, with holes where there are fewer.
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
