"""The selectors that come with the project."""

from igds_bench.builtin.selectors.controls.matched import Matched
from igds_bench.builtin.selectors.controls.random import Random
from igds_bench.builtin.selectors.controls.shuffled import ShuffledScores
from igds_bench.builtin.selectors.embedding.facility_location import FacilityLocation
from igds_bench.builtin.selectors.embedding.k_center import KCenter
from igds_bench.builtin.selectors.embedding.rds_plus import RdsPlus
from igds_bench.builtin.selectors.embedding.semantic_dedup import SemanticDedup
from igds_bench.builtin.selectors.loss.ifd import Ifd
from igds_bench.builtin.selectors.loss.loss import Loss
from igds_bench.builtin.selectors.sae import igds_variants as variants
from igds_bench.builtin.selectors.sae.dense_direction import DenseDirection
from igds_bench.builtin.selectors.sae.igds import Igds
from igds_bench.builtin.selectors.sae.sae_coverage import SaeGreedy, SaeSimScale
from igds_bench.builtin.selectors.text.bm25 import Bm25
from igds_bench.builtin.selectors.text.dsir import Dsir
from igds_bench.builtin.selectors.text.longest import Longest
from igds_bench.builtin.selectors.text.zip import Zip
from igds_bench.core.specs import SelectorSpec

_PAPER = "Shi et al., ACL 2026, arXiv 2604.25167"


def _igds(
    name: str,
    build: type,
    summary: str,
    deterministic: bool = True,
    paper: str = _PAPER,
    control: bool = False,
) -> SelectorSpec:
    """Describe ``igds`` or a variant of it."""
    return SelectorSpec(
        name=name,
        build=build,
        summary=summary,
        needs=frozenset({"target", "base", "probe", "saes", "features"}),
        deterministic=deterministic,
        control=control,
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
        baseline=True,
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
        original="tml-epfl/long-is-more-for-alignment",
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
        control=True,
        paper="direction of arXiv 2601.11019",
    ),
    _igds(
        "igds-random-feature",
        variants.RandomFeature,
        "Control: a recalled feature drawn at random.",
        control=True,
        deterministic=False,
        paper="",
    ),
    _igds(
        "igds-random-direction",
        variants.RandomDirection,
        "Control: interventions along random directions of equal norm.",
        control=True,
        paper="",
    ),
    _igds(
        "igds-random-sae",
        variants.RandomSae,
        "Control: the whole method on untrained SAEs.",
        control=True,
        paper="",
    ),
    SelectorSpec(
        name="dense-direction",
        build=DenseDirection,
        summary="Control: projection on the difference of means at t*, target minus pool.",
        control=True,
        needs=frozenset({"target", "base", "probe"}),
        cost="1 truncated prompt forward",
    ),
    SelectorSpec(
        name="k-center",
        build=KCenter,
        summary="The example farthest from all chosen ones, again and again.",
        kind="set",
        needs=frozenset({"base"}),
        cost="1 forward",
        paper="Sener & Savarese, ICLR 2018, arXiv 1708.00489",
        original="google/active-learning",
    ),
    SelectorSpec(
        name="facility-location",
        build=FacilityLocation,
        summary="Examples that together are most similar to every example.",
        kind="set",
        needs=frozenset({"base"}),
        cost="1 forward",
        paper="Wei et al., ICML 2015; Minoux, 1978",
        original="jmschrei/apricot, decile-team/submodlib",
    ),
    SelectorSpec(
        name="rds-plus",
        build=RdsPlus,
        summary="Nearest neighbours of the target samples, in turns.",
        kind="set",
        needs=frozenset({"target", "base"}),
        cost="1 forward",
        paper="Ivison et al., arXiv 2503.01807",
        original="hamishivi/automated-instruction-selection",
    ),
    SelectorSpec(
        name="sae-greedy",
        build=SaeGreedy,
        summary="Most SAE features that none before it has.",
        kind="set",
        needs=frozenset({"base", "saes"}),
        cost="1 forward + encode",
        paper="Yang et al., arXiv 2502.14050",
    ),
    SelectorSpec(
        name="sae-simscale",
        build=SaeSimScale,
        summary="Most SAE features, little overlap with those before.",
        kind="set",
        needs=frozenset({"base", "saes"}),
        cost="1 forward + encode",
        paper="Yang et al., arXiv 2502.14050",
    ),
    SelectorSpec(
        name="semantic-dedup",
        build=SemanticDedup,
        summary="Filter: leaves out near-duplicates within clusters of embeddings.",
        kind="filter",
        needs=frozenset({"base"}),
        cost="1 forward",
        paper="Abbas et al., arXiv 2303.09540",
        original="facebookresearch/SemDeDup",
    ),
    SelectorSpec(
        name="zip",
        build=Zip,
        summary="Greedily the examples that compress worst together (Entropy Law).",
        kind="set",
        cost="CPU",
        paper="Yin et al., arXiv 2407.06645",
        original="USTC-StarTeam/ZIP",
    ),
    SelectorSpec(
        name="bm25",
        build=Bm25,
        summary="BM25 of the pool's prompts for the target's prompts.",
        needs=frozenset({"target"}),
        cost="CPU",
        paper="Robertson & Zaragoza, 2009",
        original="dorianbrown/rank_bm25",
    ),
    SelectorSpec(
        name="dsir",
        build=Dsir,
        summary="Importance weights of hashed n-grams, target against pool, resampled.",
        needs=frozenset({"target"}),
        deterministic=False,
        cost="CPU",
        paper="Xie et al., NeurIPS 2023, arXiv 2302.03169",
        original="p-lambda/dsir",
    ),
    SelectorSpec(
        name="shuffled-scores",
        build=ShuffledScores,
        summary="Placebo: another selector's scores shuffled within source x length.",
        control=True,
        placebo=True,
        needs=frozenset({"ranking", "tokenizer"}),
        reads=("source",),
        deterministic=False,
    ),
)
"""Registered by ``igds_bench.builtin`` through the public hook."""
