"""Leave a model's forward from one of its hooks, once what is above is not needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

Leave = Callable[[], NoReturn]


class _LeftError(Exception):
    """Carries control from a hook to the block that lent the way out."""

    def __init__(self, way_out: object) -> None:
        super().__init__()
        self.way_out = way_out


@contextmanager
def early_exit() -> Iterator[Leave]:
    """Lend a function that ends the block; one that is lent further out passes through.

    The exception is made anew at every call and kept nowhere, as its traceback holds the tensors
    of every frame that it passes.
    """
    way_out = object()

    def leave() -> NoReturn:
        raise _LeftError(way_out)

    try:
        yield leave
    except _LeftError as left:
        if left.way_out is not way_out:
            raise
