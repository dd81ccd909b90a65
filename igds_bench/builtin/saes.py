"""SAE suites: the embedded one, and public ones by their sae-lens release."""

from igds_bench.builtin import tiny
from igds_bench.core.specs import SAESpec

SAES = (
    SAESpec(
        name="tiny",
        trained_on="tiny",
        folder=tiny.SAES,
        summary="Embedded: BatchTopK, width 1,024, every layer of `tiny`.",
    ),
    SAESpec(
        name="gemma-scope-2b",
        trained_on="google/gemma-2-2b",
        accepts=("google/gemma-2-2b-it",),
        release="gemma-scope-2b-pt-res-canonical",
        ids={layer: f"layer_{layer}/width_16k/canonical" for layer in range(26)},
        summary="Gemma Scope, JumpReLU, width 16k, layers 0 to 25.",
        paper="Lieberum et al., arXiv 2408.05147",
    ),
    SAESpec(
        name="llama-scope-8x",
        trained_on="meta-llama/Llama-3.1-8B",
        accepts=("meta-llama/Llama-3.1-8B-Instruct",),
        release="llama_scope_lxr_8x",
        ids={layer: f"l{layer}r_8x" for layer in range(32)},
        summary="Llama Scope, width 32k, layers 0 to 31.",
        paper="He et al., arXiv 2410.20526",
    ),
    SAESpec(
        name="qwen-scope-3-8b",
        trained_on="Qwen/Qwen3-8B-Base",
        accepts=("Qwen/Qwen3-8B",),
        release="qwen-scope-3-8b-base-w64k-l50",
        ids={layer: f"layer{layer}" for layer in range(36)},
        summary="Qwen Scope, TopK 50, width 64k, layers 0 to 35.",
    ),
)
