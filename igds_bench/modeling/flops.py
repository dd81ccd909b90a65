"""Count floating-point operations from the shapes of what torch computes."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

_running: ContextVar[FlopMeter | None] = ContextVar("flops", default=None)


def _attention(query: Any, key: Any, value: Any, *_: Any, out_shape: Any = None, **__: Any) -> int:
    """Count attention on a CPU, which torch's own table leaves out; a mask is not looked at."""
    return int(sdpa_flop_count(query, key, value))


_ALSO = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention}


class FlopMeter:
    """Counts matrix products and attention while a ``with`` block runs, forward and backward.

    Element-wise work and what numpy or plain Python compute are not counted. A meter inside another
    one counts for both.
    """

    def __init__(self) -> None:
        self._mode = FlopCounterMode(display=False, custom_mapping=_ALSO)
        self._token: Any = None

    def __enter__(self) -> FlopMeter:
        self._mode.__enter__()
        self._token = _running.set(self)
        return self

    def __exit__(self, *error: Any) -> None:
        _running.reset(self._token)
        self._mode.__exit__(*error)

    @property
    def flops(self) -> float:
        """Operations counted so far; a multiplication with its addition counts as two."""
        return float(self._mode.get_total_flops())

    @staticmethod
    def running() -> FlopMeter:
        """Return the innermost meter, or one that counts nothing."""
        return _running.get() or FlopMeter()
