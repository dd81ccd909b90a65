"""Measure what a ranking costs: operations, sequences and tokens, and shared work it was lent."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from igds_bench.modeling.load import LanguageModel

FACTS = ("seconds", "flops", "tokens", "examples")


@dataclass
class Meter:
    """Counts while a ``with`` block runs, and adds what was computed for others before.

    Sequences and tokens (padding included) are counted where a lent model embeds them, FLOPs from
    the shapes of what torch computes.
    """

    flops: float = 0.0
    tokens: int = 0
    examples: int = 0
    seconds: float = 0.0
    lent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(FACTS, 0.0))
    """Cost of shared work that was there already, as it was when it ran."""

    def __enter__(self) -> Meter:
        from igds_bench.modeling.flops import FlopMeter

        self._flops = FlopMeter()
        self._handles: dict[int, Any] = {}
        self._flops.__enter__()
        self._begun = time.perf_counter()
        return self

    def __exit__(self, *error: Any) -> None:
        self.seconds = time.perf_counter() - self._begun
        self.flops = self._flops.flops
        self._flops.__exit__(*error)
        for handle in self._handles.values():
            handle.remove()

    def __deepcopy__(self, memo: object) -> Meter:
        """Stay the same in a copy of a watched model, whose tokens count as well."""
        return self

    def watch(self, lm: LanguageModel) -> LanguageModel:
        """Count what a model is given from now on."""
        module = lm.model.get_input_embeddings()
        if id(module) not in self._handles:
            self._handles[id(module)] = module.register_forward_hook(self._count)
        return lm

    def _count(self, _: Any, given: tuple[Any, ...], __: Any) -> None:
        ids = given[0]
        self.tokens += ids.numel()
        self.examples += len(ids) if ids.dim() > 1 else 1

    def spent(self) -> dict[str, float]:
        """Return what was spent so far, lent work left out."""
        return {
            "seconds": time.perf_counter() - self._begun,
            "flops": self._flops.flops,
            "tokens": self.tokens,
            "examples": self.examples,
        }

    def lend(self, meta: Mapping[str, Any]) -> None:
        """Charge work that another ranking has done before."""
        for name in FACTS:
            self.lent[name] += meta.get(name) or 0

    def facts(self) -> dict[str, Any]:
        """Return the cost as if nothing had been shared."""
        own = {name: getattr(self, name) for name in FACTS}
        total = {name: own[name] + self.lent[name] for name in FACTS}
        return {**total, "shared": any(self.lent.values())}
