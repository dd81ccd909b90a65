"""Pools from pairs of prompt and response, and contexts that hold embeddings of them."""

from types import SimpleNamespace

import numpy as np

from igds_bench.core.data import Example, Pool, example_id


def make_pool(pairs, sources=None, name="pool"):
    """Return a pool of pairs, whose metadata say each row's place."""
    sources = sources or [""] * len(pairs)
    return Pool.from_rows(
        (
            Example(example_id(p, r), p, r, source=s, metadata={"n": i}, row=i)
            for i, ((p, r), s) in enumerate(zip(pairs, sources, strict=True))
        ),
        name,
    )


def context_of(embeddings, limit=10, seed=0):
    """Return a context that holds one embedding per id."""
    return SimpleNamespace(
        seed=seed,
        limit=limit,
        progress=lambda items, *a, **k: items,
        measured=lambda pool, quantity: np.array([embeddings[i] for i in pool.ids], np.float32),
    )


def embeddings_of(pool, seed=0):
    """Return a random embedding per id."""
    rows = np.random.default_rng(seed).normal(size=(len(pool), 6)).astype(np.float32)
    return dict(zip(pool.ids, rows, strict=True))
