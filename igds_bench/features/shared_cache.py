"""Keys and values of a prompt, copied for many continuations with room to grow in place."""

from __future__ import annotations

from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer


class _RoomyLayer(DynamicLayer):
    """A cache layer that writes new positions into room it has, instead of copying itself.

    Args:
        source: a layer of a prompt's cache; its rows are repeated ``times`` each.
        times: copies per row.
        room: positions that will be added.
    """

    def __init__(self, source: Any, times: int, room: int) -> None:
        super().__init__()
        self.dtype, self.device = source.keys.dtype, source.keys.device
        self.is_initialized = True
        self._keys = _with_room(source.keys, times, room)
        self._values = _with_room(source.values, times, room)
        self._show(source.keys.shape[-2])

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write new keys and values behind the others and return all."""
        end = self._length + key_states.shape[-2]
        self._keys[:, :, self._length : end] = key_states
        self._values[:, :, self._length : end] = value_states
        return self._show(end)

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep only some rows."""
        self._keys, self._values = self._keys[indices], self._values[indices]
        self._show(self._length)

    def _show(self, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Let the model see the first ``length`` positions."""
        self._length = length
        shown = self._keys[:, :, :length], self._values[:, :, :length]
        self.keys, self.values = shown
        return shown


def _with_room(states: torch.Tensor, times: int, room: int) -> torch.Tensor:
    rows, heads, length, width = states.shape
    found = states.new_empty(rows * times, heads, length + room, width)
    found[:, :, :length] = states.repeat_interleave(times, dim=0)
    return found


def copies_of(prefix: DynamicCache, times: int, room: int) -> DynamicCache:
    """Return a cache with ``times`` rows for each row of a prompt's cache, row-major.

    Args:
        prefix: the prompt's cache; it stays as it is.
        times: continuations per prompt.
        room: positions that each continuation will add.
    """
    cache = DynamicCache()
    cache.layers = [_RoomyLayer(layer, times, room) for layer in prefix.layers]
    return cache
