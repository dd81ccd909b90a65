"""The embedded model, and the models of the IGDS paper (arXiv 2604.25167, section 4)."""

from igds_bench.builtin import tiny
from igds_bench.core.specs import ModelSpec

MODELS = (
    ModelSpec(
        name="tiny",
        path=str(tiny.MODEL),
        probe=str(tiny.PROBE),
        saes="tiny",
        summary="Embedded: 4 layers, width 192, trained from scratch; needs no network.",
    ),
    ModelSpec(
        name="gemma-2-2b",
        path="google/gemma-2-2b",
        probe="google/gemma-2-2b-it",
        saes="gemma-scope-2b",
        summary="Gemma 2 2B, probed with its instruct model.",
    ),
    ModelSpec(
        name="llama-3.1-8b",
        path="meta-llama/Llama-3.1-8B",
        probe="meta-llama/Llama-3.1-8B-Instruct",
        saes="llama-scope-8x",
        summary="Llama 3.1 8B, probed with its instruct model.",
    ),
    ModelSpec(
        name="qwen3-8b",
        path="Qwen/Qwen3-8B-Base",
        probe="Qwen/Qwen3-8B",
        saes="qwen-scope-3-8b",
        summary="Qwen3 8B base, probed with its instruct model.",
    ),
)
"""Hub revisions are resolved at first use and written into every record."""
