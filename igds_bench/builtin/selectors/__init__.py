"""The selectors that come with the project."""

from igds_bench.builtin.selectors.igds import Igds
from igds_bench.builtin.selectors.longest import Longest
from igds_bench.builtin.selectors.loss import Loss
from igds_bench.builtin.selectors.random import Random
from igds_bench.core.specs import SelectorSpec

SELECTORS = (
    SelectorSpec(
        name="random",
        build=Random,
        summary="Uniform draw without replacement.",
        deterministic=False,
    ),
    SelectorSpec(
        name="longest",
        build=Longest,
        summary="Most response tokens first.",
        needs=frozenset({"tokenizer"}),
        paper="Zhao et al., ICML 2024, arXiv 2402.04833",
    ),
    SelectorSpec(
        name="loss",
        build=Loss,
        summary="Mean cross-entropy of the response under the base model, lowest first.",
        needs=frozenset({"base"}),
        cost="1 forward",
        paper="baseline of arXiv 2604.25167",
    ),
    SelectorSpec(
        name="igds",
        build=Igds,
        summary="Feature-Resonant Score: activation of the task's causal SAE features at t*.",
        needs=frozenset({"target", "base", "probe", "saes", "features"}),
        cost="1 truncated prompt forward",
        paper="Shi et al., ACL 2026, arXiv 2604.25167",
    ),
)
"""Registered by ``igds_bench.builtin`` through the public hook."""

__all__ = ["SELECTORS", "Igds", "Longest", "Loss", "Random"]
