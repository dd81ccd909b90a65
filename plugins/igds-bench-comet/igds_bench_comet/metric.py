"""COMET (Rei et al., EMNLP 2020; WMT 2022) as a ``MetricSpec``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from igds_bench.core.aggregation import Mean
from igds_bench.core.specs import MetricSpec
from igds_bench.errors import ConfigError, StageError
from igds_bench_comet.environment import COMET, problems
from igds_bench_comet.worker import Checkpoint, score

if TYPE_CHECKING:
    from igds_bench.core.specs import FloatArray

MODEL = "Unbabel/wmt22-comet-da"
REVISIONS = {MODEL: "2760a223ac957f30acfb18c8aa649b01cf1d75f2"}
"""Commit that a checkpoint is taken at unless another is named."""
HOUR = 3600.0


def comet_metric(
    model: str = MODEL,
    revision: str | None = None,
    source_of: str | Callable[[str], str] | None = None,
    name: str = "comet",
    batch_size: int = 16,
    timeout: float = HOUR,
) -> MetricSpec:
    """Return mean COMET in percent (100 times what unbabel-comet gives; not bounded by 0 and 100).

    Args:
        model: hub id of a checkpoint that reads source, translation and reference.
        revision: its commit; may be left out for the default checkpoint.
        source_of: what of a prompt is the source text: a regular expression whose group 1 (or
            whole match) it is, or a function of the prompt. None takes the whole prompt.
        name: the metric's name; two checkpoints in one task need two.
        batch_size: translations that COMET reads together.
        timeout: seconds to wait for the worker: for its start, in which a checkpoint is
            downloaded (2.3 GB for the default one), and for every evaluation.

    Raises:
        ConfigError: no commit is known for the checkpoint.
    """
    commit = revision or REVISIONS.get(model)
    if commit is None:
        raise ConfigError(
            f"metric '{name}': name the commit of {model} as `revision`, so that scores stay "
            "comparable; it is on the checkpoint's page on the hub, under `Files`."
        )
    checkpoint = Checkpoint(model, commit)
    extract, described = _source(source_of, name)

    def statistics(
        predictions: Sequence[str], references: Sequence[str], prompts: Sequence[str]
    ) -> FloatArray:
        import numpy as np

        rows = zip(map(extract, prompts), predictions, references, strict=True)
        samples = [{"src": src, "mt": mt, "ref": ref} for src, mt, ref in rows]
        scores = score(checkpoint, samples, batch_size, timeout)
        return np.column_stack([100.0 * np.asarray(scores), np.ones(len(scores))])

    return MetricSpec(
        name,
        ("score", "n"),
        statistics,
        Mean(),
        bounds=(float("-inf"), float("inf")),
        signature=f"COMET x 100|{model}@{commit}|unbabel-comet {COMET}|source:{described}",
        uses_source=True,
        problems=lambda: problems(name),
    )


def _source(
    source_of: str | Callable[[str], str] | None, name: str
) -> tuple[Callable[[str], str], str]:
    """Return how a prompt's source is found, and how the signature calls it."""
    if source_of is None:
        return str, "whole prompt"
    if callable(source_of):
        return source_of, getattr(source_of, "__qualname__", repr(source_of))
    pattern = re.compile(source_of, re.DOTALL)

    def extract(prompt: str) -> str:
        found = pattern.search(prompt)
        if found is None:
            raise StageError(
                f"metric '{name}': source_of={source_of!r} does not match the prompt "
                f"{prompt[:80]!r}: mend the expression, or leave it out for the whole prompt."
            )
        return found[1] if pattern.groups else found[0]

    return extract, source_of
