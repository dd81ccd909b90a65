"""The selectors that come with the project."""

from igds_bench.builtin.selectors import igds_variants as variants
from igds_bench.builtin.selectors.dense_direction import DenseDirection
from igds_bench.builtin.selectors.ifd import Ifd
from igds_bench.builtin.selectors.igds import Igds
from igds_bench.builtin.selectors.longest import Longest
from igds_bench.builtin.selectors.loss import Loss
from igds_bench.builtin.selectors.matched import Matched
from igds_bench.builtin.selectors.random import Random
from igds_bench.builtin.selectors.shuffled import ShuffledScores
from igds_bench.core.specs import SelectorSpec

_PAPER = "Shi et al., ACL 2026, arXiv 2604.25167"


def _igds(
    name: str, build: type, summary: str, deterministic: bool = True, paper: str = _PAPER
) -> SelectorSpec:
    """Describe ``igds`` or a variant of it."""
    return SelectorSpec(
        name=name,
        build=build,
        summary=summary,
        needs=frozenset({"target", "base", "probe", "saes", "features"}),
        deterministic=deterministic,
        cost="1 truncated prompt forward",
        paper=paper,
        version=2,
    )


SELECTORS = (
    SelectorSpec(
        name="random",
        build=Random,
        summary="Uniform draw without replacement, or in equal parts of every source.",
        reads=("source",),
        deterministic=False,
    ),
    SelectorSpec(
        name="matched",
        build=Matched,
        summary="Control: a random draw with another's tokens, lengths or compute.",
        kind="control",
        needs=frozenset({"ranking", "tokenizer"}),
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
        name="ifd",
        build=Ifd,
        summary="Instruction-Following Difficulty: conditional over direct loss of the response.",
        needs=frozenset({"base"}),
        cost="2 forwards",
        paper="Li et al., NAACL 2024, arXiv 2308.12032",
        original="tianyi-lab/Cherry_LLM, tianyi-lab/Superfiltering",
    ),
    _igds(
        "igds",
        Igds,
        "Feature-Resonant Score: activation of the task's causal SAE features at t*.",
    ),
    _igds(
        "igds-recall-only",
        variants.RecallOnly,
        "Ablation: all recalled features, no interventional filter.",
    ),
    _igds(
        "igds-causal-only",
        variants.CausalOnly,
        "Ablation: the filter over features drawn at random, no recall.",
    ),
    _igds(
        "igds-bottom",
        variants.Bottom,
        "Control: the lowest Feature-Resonant Scores first.",
        paper="direction of arXiv 2601.11019",
    ),
    _igds(
        "igds-random-feature",
        variants.RandomFeature,
        "Control: a recalled feature drawn at random.",
        deterministic=False,
        paper="",
    ),
    _igds(
        "igds-random-direction",
        variants.RandomDirection,
        "Control: interventions along random directions of equal norm.",
        paper="",
    ),
    _igds(
        "igds-random-sae",
        variants.RandomSae,
        "Control: the whole method on untrained SAEs.",
        paper="",
    ),
    SelectorSpec(
        name="dense-direction",
        build=DenseDirection,
        summary="Control: projection on the difference of means at t*, target minus pool.",
        needs=frozenset({"target", "base", "probe"}),
        cost="1 truncated prompt forward",
    ),
    SelectorSpec(
        name="shuffled-scores",
        build=ShuffledScores,
        summary="Placebo: another selector's scores shuffled within source x length.",
        needs=frozenset({"ranking", "tokenizer"}),
        reads=("source",),
        deterministic=False,
    ),
)
"""Registered by ``igds_bench.builtin`` through the public hook."""

__all__ = ["SELECTORS", "DenseDirection", "Igds", "Longest", "Loss", "Random", "ShuffledScores"]
