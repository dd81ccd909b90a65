"""Pools from pairs of prompt and response."""

from igds_bench.core.data import Example, Pool, example_id


def make_pool(pairs, sources=None, name="pool"):
    sources = sources or [""] * len(pairs)
    return Pool.from_rows(
        (
            Example(example_id(p, r), p, r, source=s, metadata={"n": i}, row=i)
            for i, ((p, r), s) in enumerate(zip(pairs, sources, strict=True))
        ),
        name,
    )
