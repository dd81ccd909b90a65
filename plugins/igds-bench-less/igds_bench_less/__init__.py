"""LESS for igds_bench: influence by low-rank gradient similarity (Xia et al., ICML 2024)."""

from __future__ import annotations

from igds_bench.core.specs import SelectorSpec
from igds_bench.plugin import hookimpl
from igds_bench_less.selector import Less

__all__ = ["Less", "igds_register_selectors"]


@hookimpl
def igds_register_selectors() -> list[SelectorSpec]:
    """Return the selector; its warm-up is a random draw, so one seed does not suffice."""
    return [
        SelectorSpec(
            name="less",
            build=Less,
            summary="Adam updates that point where the target's gradients do, along a warm-up.",
            needs=frozenset({"target", "base"}),
            reads=("source",),
            deterministic=False,
            cost="3 forwards x checkpoints",
            original="princeton-nlp/LESS",
            paper="Xia et al., ICML 2024, arXiv 2402.04333",
        )
    ]
