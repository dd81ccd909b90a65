"""The last block that is needed, at t* alone: everywhere else its keys and values suffice.

In that block nothing but the stream at t* is asked for. So attention, output projection and MLP are
wanted at one position per row, keys and values at all. The block is called twice: on all positions
until its attention has keys and values, then at t* to go on with what was attended to.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AttentionInterface
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from igds_bench.modeling.early_exit import Leave, early_exit

NAME = "igds_last_query"
"""Name of the attention implementation, as transformers knows it."""
EXACT = ("sdpa", "eager")
"""Implementations that one query per row can be given to, with a mask."""


@dataclass
class _AtEnd:
    """What the attention of the block is to do."""

    ends: torch.Tensor
    """(B,): position of t* in each row."""
    usual: str
    """The model's own implementation."""
    leave: Leave
    """Leaves the block once its attention at t* is known."""
    attended: torch.Tensor | None = None
    """(B, 1, heads, head_dim), once known."""


def can_end_early(model: Any) -> bool:
    """Return whether a model's attention can be asked for one query per row."""
    return model.config._attn_implementation in EXACT and model._can_set_attn_implementation()


def end_in(block: Any, model: Any, ends: torch.Tensor, take: Callable[[torch.Tensor], None]) -> Any:
    """Give ``take`` the stream after a block at t*, (B, d_model), in place of the block's forward.

    ``take`` is expected to end the forward pass.

    Args:
        block: a decoder block.
        model: the model it is of.
        ends: (B,): position of t* in each row.
        take: gets the stream.

    Returns:
        A handle whose ``remove()`` ends it.
    """

    def hook(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        kwargs = dict(kwargs)
        hidden = args[0] if args else kwargs.pop("hidden_states")
        rows = torch.arange(len(hidden), device=hidden.device)
        usual, found = model.config._attn_implementation, None
        # The first call ends in the attention, with what t* attended to; the second finds that
        # there and goes on from it, so that no output, MLP or norm runs at other positions.
        with _implementation(model):
            with early_exit() as leave:
                state = _AtEnd(ends, usual, leave)
                found = block.forward(hidden, *args[1:], **kwargs, last_query=state)
                at_end = (found[0] if isinstance(found, tuple) else found)[rows, ends]
            if found is None:
                short = {name: _first(value, hidden.shape[1]) for name, value in kwargs.items()}
                own = hidden[rows, ends][:, None]
                found = block.forward(own, *args[1:], **short, last_query=state)
                at_end = (found[0] if isinstance(found, tuple) else found)[:, 0]
        take(at_end)

    return block.register_forward_pre_hook(hook, with_kwargs=True)


@contextmanager
def _implementation(model: Any) -> Iterator[None]:
    before = model.config._attn_implementation
    model.set_attn_implementation(NAME)
    try:
        yield
    finally:
        model.set_attn_implementation(before)


def _first(value: Any, length: int) -> Any:
    """Cut what runs over positions (in its second dimension) to one position."""
    if isinstance(value, tuple):
        return tuple(_first(part, length) for part in value)
    runs = isinstance(value, torch.Tensor) and value.dim() > 1 and value.shape[1] == length
    return value[:, :1] if runs else value


def _attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    last_query: _AtEnd | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, Any]:
    """Attend at t* alone, or return what was attended to; the interface of transformers."""
    assert last_query is not None
    if last_query.attended is not None:  # the second call: one position, whose keys are not all
        return last_query.attended, None
    ends = last_query.ends
    rows = torch.arange(len(query), device=query.device)
    if attention_mask is None:
        places = torch.arange(key.shape[2], device=query.device)
        mask = (places <= ends[:, None])[:, None, None]
    else:
        mask = attention_mask.expand(len(query), -1, -1, -1)[rows, :, ends][:, :, None]
    usual = _usual(module, last_query.usual)
    found, _ = usual(module, query[rows, :, ends][:, :, None], key, value, mask, **kwargs)
    last_query.attended = found
    last_query.leave()


def _usual(module: Any, name: str) -> Callable[..., tuple[torch.Tensor, Any]]:
    """Return the attention function that a model uses by itself."""
    own = getattr(sys.modules[type(module).__module__], "eager_attention_forward", None)
    found: Callable[..., tuple[torch.Tensor, Any]] = ALL_ATTENTION_FUNCTIONS.get_interface(
        name,
        own,  # type: ignore[arg-type]
    )
    return found


AttentionInterface.register(NAME, _attend)
