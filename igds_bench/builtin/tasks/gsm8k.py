"""GSM8K (Cobbe et al., arXiv 2110.14168) from the hub; target splits are carved from train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from igds_bench.core.specs import TaskSpec
from igds_bench.metrics import exact_match

SOURCE = "openai/gsm8k:main"
SIZES = {"prior": 100, "dev": 256, "tune": 200, "probe": 200}
PROMPT = (
    "{question} \n Please reason step by step, and put your final answer within \\boxed{{}}. \n "
    "Solution:"
)
"""The IGDS paper's template for mathematics."""


@cache
def _carved() -> dict[str, list[Mapping[str, Any]]]:
    from igds_bench.data.read import read_rows
    from igds_bench.data.splits import carve

    return carve(read_rows(SOURCE, "train"), SIZES)


def rows(split: str) -> Sequence[Mapping[str, Any]]:
    """Return a split's rows: ``test`` as published, the others carved from ``train`` by hash."""
    from igds_bench.data.read import read_rows

    return read_rows(SOURCE, "test") if split == "test" else _carved()[split]


GSM8K = TaskSpec(
    name="gsm8k",
    prompt=PROMPT,
    response="{answer}",
    rows=rows,
    metrics=(exact_match(r"####\s*(\S+)"),),
    summary="Grade-school mathematics, from the hub.",
    max_new_tokens=256,
)
