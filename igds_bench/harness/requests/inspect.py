"""What a pool looks like before anything is chosen from it: shape, gaps, lengths, examples."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from igds_bench.core.data import Example, Pool
from igds_bench.data.layout.fields import is_filled
from igds_bench.harness.plan.resolve import find_model, open_model
from igds_bench.harness.plan.workbench import ModelEntry
from igds_bench.harness.requests.own_pool import PoolRequest, task_entry
from igds_bench.plugin.manager import create_plugin_manager
from igds_bench.plugin.registry import build_registries

CRITICAL = "[t*]"
"""Stands behind the critical token, the last one before the response."""
SCORED = ("«", "»")
"""Stand around what is trained on."""
QUANTILES = {"median": 0.5, "95%": 0.95, "99%": 0.99, "longest": 1.0}


@dataclass(frozen=True)
class InspectRequest(PoolRequest):
    """What ``igds-bench inspect`` is asked."""

    model: str | None = None
    """Gives lengths in tokens and writes chats; None counts characters and shows plain text."""


@dataclass(frozen=True)
class Inspection:
    """What was found."""

    reading: str
    """How the rows were read."""
    rows: int
    fields: Mapping[str, int]
    """Rows in which a field is null or blank, by field."""
    sources: Mapping[str, int]
    """Rows by source; the largest first."""
    duplicates: int
    """Rows that repeat an earlier row exactly."""
    equal_prompts: int
    """Rows whose prompt an earlier row has, whatever the response."""
    left_out: int
    """Rows that are target or test samples of the task, near-copies among them."""
    near_copies: int
    unit: Literal["tokens", "characters"]
    lengths: Mapping[str, Mapping[str, int]]
    """Of ``prompt``, ``response`` and ``whole``: median, 95th and 99th percentile, longest."""
    over_context: int
    """Rows that are longer than the model's context; 0 without a model."""
    context: int | None
    examples: tuple[str, ...]
    """The shortest, the median and the longest, as the model is given them, what is trained on and
    t* marked."""


def inspect_pool(request: InspectRequest) -> Inspection:
    """Read a pool as ``select`` would and say what it holds.

    Raises:
        IgdsError: it can't be read, or the task or the model can't be found.
    """
    registries = build_registries(create_plugin_manager(extra=request.plugins))
    model = None
    if request.model is not None:
        registered = find_model(request.model, registries)
        model = open_model(registered, None, request.chat_template)
    with tempfile.TemporaryDirectory(prefix="igds-bench-") as folder:
        entry, given = task_entry(request, registries, Path(folder))
        pool = entry.data.pool
        lengths = _lengths(pool, model)
        order = np.argsort(lengths["whole"], kind="stable")
        places = dict.fromkeys([int(order[0]), int(order[len(order) // 2]), int(order[-1])])
        context = model.shape.context if model else None
        return Inspection(
            rows=len(pool),
            fields=_empty(pool),
            sources=dict(Counter(pool.sources).most_common()),
            equal_prompts=len(pool) - len(set(pool.prompts[:])),
            unit="tokens" if model else "characters",
            lengths={name: _quantiles(values) for name, values in lengths.items()},
            over_context=int((lengths["whole"] > context).sum()) if context else 0,
            context=context,
            examples=tuple(show(pool[place], model) for place in places),
            **given,
        )


def show(example: Example, model: ModelEntry | None) -> str:
    """Return an example as a model is given it, with t* and what is trained on marked."""
    if model is None:
        return f"{example.prompt}{CRITICAL}{SCORED[0]}{example.continuation}{SCORED[1]}"
    from igds_bench.modeling.tokens import encode

    [row] = encode(model.tokenizer, [example])
    edges = [n for n in range(1, len(row.ids)) if row.scored[n] != row.scored[n - 1]]
    edges = sorted({0, *edges, row.critical + 1, len(row.ids)})
    parts = []
    for start, stop in pairwise(edges):
        text = model.tokenizer.decode(row.ids[start:stop])
        parts.append(f"{SCORED[0]}{text}{SCORED[1]}" if row.scored[start] else text)
        if stop == row.critical + 1:
            parts.append(CRITICAL)
    return "".join(parts)


def _lengths(pool: Pool, model: ModelEntry | None) -> dict[str, Any]:
    """Return the length of every prompt, response and both, (rows,) each."""
    if model is None:
        counts = [(len(e.prompt), len(e.continuation)) for e in pool]
    else:
        from igds_bench.modeling.tokens import token_counts

        found = token_counts(model.tokenizer, pool)
        counts = [(found[id_].prompt, found[id_].response) for id_ in pool.ids]
    table = np.array(counts)
    return {"prompt": table[:, 0], "response": table[:, 1], "whole": table.sum(axis=1)}


def _quantiles(values: Any) -> dict[str, int]:
    found = np.quantile(values, list(QUANTILES.values()), method="higher")
    return dict(zip(QUANTILES, found.astype(int).tolist(), strict=True))


def _empty(pool: Sequence[Example]) -> dict[str, int]:
    """Return in how many rows each field is null or blank, or missing."""
    filled: Counter[str] = Counter()
    for example in pool:
        filled.update({name: int(is_filled(value)) for name, value in example.metadata.items()})
    return {name: len(pool) - count for name, count in filled.items()}
