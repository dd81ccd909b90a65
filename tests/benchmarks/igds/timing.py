"""Time several ways to do the same in turns, so that a busy machine slows all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Contender:
    """One way to do it."""

    name: str
    run: Callable[[], Any]
    units: int
    """How many units of work a run does, such as examples."""
    warm: Callable[[], Any]
    """A short run that is not timed."""


@dataclass(frozen=True)
class Timed:
    """The best run of a contender."""

    name: str
    units: int
    seconds: float
    result: Any

    @property
    def per_unit(self) -> float:
        """Seconds per unit of work."""
        return self.seconds / self.units


def race(contenders: Sequence[Contender], repeats: int, seconds: float) -> list[Timed]:
    """Warm everyone up once, then run them in turns and keep each one's best time.

    Args:
        contenders: what is compared.
        repeats: rounds at most.
        seconds: no further round begins once the rounds took that long; one is always run.
    """
    for contender in contenders:
        contender.warm()
    best: dict[str, Timed] = {}
    begun = time.perf_counter()
    for _ in range(repeats):
        for contender in contenders:
            timed = _timed(contender)
            old = best.get(contender.name)
            if old is None or timed.seconds < old.seconds:
                best[contender.name] = timed
        if time.perf_counter() - begun >= seconds:
            break
    return [best[contender.name] for contender in contenders]


def _timed(contender: Contender) -> Timed:
    begun = time.perf_counter()
    result = contender.run()
    return Timed(contender.name, contender.units, time.perf_counter() - begun, result)
