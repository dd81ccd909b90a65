"""Count floating-point operations from the shapes of what torch computes."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry, sdpa_flop_count

_running: ContextVar[FlopMeter | None] = ContextVar("flops", default=None)


def _attention(query: Any, key: Any, value: Any, *_: Any, out_val: Any = None, **__: Any) -> int:
    """Count attention on a CPU, which torch's own table leaves out; a mask is not looked at."""
    return int(sdpa_flop_count(query.shape, key.shape, value.shape))


_FORMULAS = {
    **flop_registry,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention,
}


class FlopMeter(TorchDispatchMode):
    """Counts matrix products and attention while a ``with`` block runs, forward and backward.

    Torch's own formulas, without its bookkeeping by module, which takes longer than a small model's
    forward. Element-wise work and what numpy or plain Python compute are not counted. A meter
    inside another one counts for both.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0.0
        """Operations counted so far; a multiplication with its addition counts as two."""
        self._composite: dict[Any, bool] = {}
        self._tokens: list[Any] = []

    def __enter__(self) -> FlopMeter:
        super().__enter__()
        self._tokens.append(_running.set(self))
        return self

    def __exit__(self, *error: Any) -> None:
        _running.reset(self._tokens.pop())
        super().__exit__(*error)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, or the ones that it is made of, and count it."""
        kwargs = kwargs or {}
        formula = _FORMULAS.get(func._overloadpacket)
        if formula is None and self._is_composite(func):
            with self:
                return func.decompose(*args, **kwargs)
        out = func(*args, **kwargs)
        if formula is not None:
            self.flops += float(formula(*args, **kwargs, out_val=out))
        return out

    def _is_composite(self, func: Any) -> bool:
        """Return whether an operation is made of others, as ``linear`` is without gradients."""
        if func not in self._composite:
            self._composite[func] = func._can_decompose()
        return self._composite[func]

    @staticmethod
    def running() -> FlopMeter:
        """Return the innermost meter, or one that counts nothing."""
        return _running.get() or FlopMeter()
