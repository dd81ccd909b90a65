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


def pool_of(rows, name="pool.jsonl"):
    """Return a pool of rows with these fields, each with a prompt and a response of its own."""
    return Pool.from_rows(
        (
            Example(example_id(f"p{n}", "r"), f"p{n}", "r", metadata=dict(row), row=n)
            for n, row in enumerate(rows)
        ),
        name,
    )


def ranked_places(ranking, pool):
    """Return the positions in the pool of a ranking's ids, in order."""
    places = {id_: place for place, id_ in enumerate(pool.ids)}
    return [places[id_] for id_ in ranking.ids]
