"""Measure what a stage costs: operations, sequences and tokens."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from igds_bench.modeling.load import LanguageModel

FACTS = ("seconds", "flops", "tokens", "examples")


@dataclass
class Meter:
    """Counts while a ``with`` block runs.

    Sequences and tokens (padding included) are counted where a lent model embeds them, FLOPs from
    the shapes of what torch computes.
    """

    flops: float = 0.0
    tokens: int = 0
    examples: int = 0
    seconds: float = 0.0

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

    def facts(self) -> dict[str, Any]:
        """Return what was spent while the block ran."""
        return {name: getattr(self, name) for name in FACTS}
