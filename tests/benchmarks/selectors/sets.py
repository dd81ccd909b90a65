"""Time the set-based selectors: ``python -m tests.benchmarks.selectors.sets [--full]``.

Without ``--full`` every benchmark runs in a small form.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from igds_bench.builtin.selectors.embedding.facility_location import (
    facility_location,
    similarity_graph,
)
from igds_bench.builtin.selectors.embedding.k_center import k_center, unit_rows
from igds_bench.builtin.selectors.embedding.rds_plus import round_robin
from igds_bench.builtin.selectors.embedding.semantic_dedup import near_duplicates, spherical_k_means
from igds_bench.builtin.selectors.sae.sae_coverage import FeatureSets, greedy, sim_scale
from igds_bench.core.quantities import Ragged
from igds_bench.harness.lend.memory import PeakMemory

WIDTH = 512
SAMPLE = 20
"""Steps of a plain loop that are timed; the rest is extrapolated."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    ours: float
    """Seconds."""
    reference: float | None
    """Seconds of the plain way, or None where it isn't run."""
    note: str


def main() -> None:
    """Run what is asked for and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="the sizes that targets are given for")
    parser.add_argument("--only", action="append", choices=BENCHMARKS)
    options = parser.parse_args()
    table = Table(title=f"Set-based selectors, {torch.get_num_threads()} thread(s)")
    for title in ("benchmark", "ours, s", "reference, s", "ratio", "note"):
        table.add_column(title, overflow="fold")
    for name in options.only or BENCHMARKS:
        for row in BENCHMARKS[name](options.full):
            known = row.reference is not None
            table.add_row(
                row.name,
                f"{row.ours:.2f}",
                f"{row.reference:.2f}" if known else "",
                f"{row.reference / row.ours:.1f}" if known else "",
                row.note,
            )
    Console(width=None if Console().is_terminal else 160).print(table)


def _timed(work: Callable[[], Any]) -> tuple[float, Any, int]:
    """Return seconds, the result, and the peak of resident memory in bytes."""
    with PeakMemory("cpu") as memory:
        begun = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - begun
    return seconds, result, memory.peak or 0


def made_rows(size: int, topics: int, seed: int = 0) -> np.ndarray:
    """Return rows of length 1: topics of unequal size, or none if 0."""
    draw = np.random.default_rng(seed)
    rows = draw.standard_normal((size, WIDTH), dtype=np.float32)
    if topics:
        shares = draw.dirichlet(np.full(topics, 0.5))
        centres = draw.standard_normal((topics, WIDTH), dtype=np.float32)
        rows = 0.7 * rows + centres[draw.choice(topics, size, p=shares)]
    return unit_rows(rows)


def bench_k_center(full: bool) -> Iterator[Row]:
    """Compare with one matrix-vector product per centre."""
    size = 200_000 if full else 20_000
    count = size // 100
    for topics in (0, 200):
        points = made_rows(size, topics)
        points -= points.mean(axis=0, dtype=np.float64).astype(np.float32)
        seconds, found, _ = _timed(lambda points=points: list(islice(k_center(points), count)))
        order = [position for position, _ in found]
        plain, same = _plain_k_center(points, order)
        yield Row(
            f"k-center, {size:,} x {WIDTH}, {count:,} centres, {topics or 'no'} topics",
            seconds,
            plain * count / SAMPLE,
            f"plain loop timed over {SAMPLE} centres; first {SAMPLE} "
            + ("are equal" if same else "DIFFER"),
        )


def _plain_k_center(points: np.ndarray, order: list[int]) -> tuple[float, bool]:
    squares = np.einsum("nd,nd->n", points, points)
    near = np.full(len(points), np.inf, dtype=np.float32)
    found = [int(squares.argmin())]
    begun = time.perf_counter()
    while len(found) <= SAMPLE:
        distances = squares + squares[found[-1]] - 2 * (points @ points[found[-1]])
        np.minimum(near, distances, out=near)
        found.append(int(near.argmax()))
    return time.perf_counter() - begun, found[:SAMPLE] == order[:SAMPLE]


def bench_rds_plus(full: bool) -> Iterator[Row]:
    """Compare with the full sort of every query's similarities, over rows on disk."""
    size, count = (1_000_000, 50_000) if full else (50_000, 2_500)
    queries = made_rows(256, 50, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        rows = _on_disk(Path(folder) / "rows", size)
        positions = np.random.default_rng(2).permutation(size)

        def read(start: int, stop: int) -> np.ndarray:
            return unit_rows(rows[positions[start:stop]])

        depth = 2 * count // len(queries)
        seconds, found, peak = _timed(
            lambda: list(islice(round_robin(read, size, queries, depth), count))
        )
        begun = time.perf_counter()
        some = [read(at, at + 10_000) @ queries.T for at in range(0, size, size // 5)]
        product = (time.perf_counter() - begun) * size / sum(map(len, some))
        first = np.concatenate(
            [read(at, at + 10_000) @ queries[0] for at in range(0, size, 10_000)]
        )
        begun = time.perf_counter()
        order = np.argsort(-first, kind="stable")
        plain = product + len(queries) * (time.perf_counter() - begun)
        mapped = rows.nbytes
    yield Row(
        f"rds-plus, {size:,} x 256 queries x {WIDTH}, {count:,} taken",
        seconds,
        plain,
        f"all products of 5 blocks and the sort of one query, extrapolated; its best is {'' if order[0] == found[0][0] else 'NOT '}"
        f"the first; peak RSS {peak / 2**30:.2f} GiB, of which up to {mapped / 2**30:.2f} GiB is the "
        "memory map",
    )


def _on_disk(path: Path, size: int) -> np.ndarray:
    rows = np.memmap(path, dtype=np.float32, mode="w+", shape=(size, WIDTH))
    for start in range(0, size, 50_000):
        rows[start : start + 50_000] = made_rows(min(50_000, size - start), 50, seed=start)
    rows.flush()
    del rows
    return np.memmap(path, dtype=np.float32, mode="r", shape=(size, WIDTH))


def bench_facility_location(full: bool) -> Iterator[Row]:
    """Time the graph, and the lazy order against the plain one."""
    size = 50_000 if full else 10_000
    rows = made_rows(size, 200)
    seconds, graph, peak = _timed(lambda: similarity_graph(rows, 32))
    yield Row(
        f"facility location, graph of 32 neighbours, {size:,} x {WIDTH}",
        seconds,
        None,
        f"{graph.nnz / size:.0f} entries per row, peak RSS {peak / 2**30:.2f} GiB",
    )
    count = size // 10
    seconds, found, _ = _timed(lambda: list(islice(facility_location(graph), count)))
    begun = time.perf_counter()
    covered, order = np.zeros(size, dtype=np.float32), []
    for _ in range(SAMPLE):
        gains = np.maximum(graph.data - covered[graph.indices], 0)
        order.append(int(np.add.reduceat(gains, graph.indptr[:-1], dtype=np.float64).argmax()))
        part = slice(graph.indptr[order[-1]], graph.indptr[order[-1] + 1])
        covered[graph.indices[part]] = np.maximum(covered[graph.indices[part]], graph.data[part])
    plain = (time.perf_counter() - begun) * count / SAMPLE
    same = order == [position for position, _ in found[:SAMPLE]]
    yield Row(
        f"facility location, {count:,} chosen",
        seconds,
        plain,
        f"all gains computed {SAMPLE} times; first {SAMPLE} {'are equal' if same else 'DIFFER'}",
    )


def bench_sae_coverage(full: bool) -> Iterator[Row]:
    """Time both orders on features of unequal frequency."""
    size = 200_000 if full else 20_000
    draw = np.random.default_rng(0)
    lengths = draw.integers(20, 200, size)
    values = (16_384 * draw.random(int(lengths.sum())) ** 3).astype(np.int32)
    starts = np.concatenate(([0], np.cumsum(lengths)))
    parts = [np.unique(values[a:b]) for a, b in pairwise(starts)]
    rows = FeatureSets(Ragged(np.concatenate(parts), np.array([len(part) for part in parts])))
    for name, order in (("greedy", greedy(rows)), ("simscale", sim_scale(rows, 0.8))):
        count = size // 10
        seconds, found, _ = _timed(lambda order=order, count=count: list(islice(order, count)))
        note = f"{found[-1][2]} rounds"
        yield Row(f"sae-{name}, {size:,} examples, {count:,} chosen", seconds, None, note)


def bench_semantic_dedup(full: bool) -> Iterator[Row]:
    """Time clustering and the comparison within clusters, a tenth being near-copies."""
    size = 100_000 if full else 20_000
    rows = made_rows(size, 200)
    rows[-size // 10 :] = unit_rows(rows[: size // 10] + 0.002 * made_rows(size // 10, 0, seed=3))
    clusters = int(size**0.5)
    seconds, (labels, _), _ = _timed(lambda: spherical_k_means(rows, clusters, range(10)))
    yield Row(f"semantic-dedup, {clusters} clusters of {size:,} x {WIDTH}", seconds, None, "")
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    seconds, found, _ = _timed(lambda: [near_duplicates(rows, part, 0.95) for part in members])
    one_sided = sum(len(twins) for twins in found) / (size // 10)
    note = f"{one_sided:.1%} of the {size // 10:,} copies found"
    yield Row(f"semantic-dedup, comparisons in {len(members)} clusters", seconds, None, note)


BENCHMARKS: dict[str, Callable[[bool], Iterator[Row]]] = {
    "k-center": bench_k_center,
    "rds-plus": bench_rds_plus,
    "facility-location": bench_facility_location,
    "sae-coverage": bench_sae_coverage,
    "semantic-dedup": bench_semantic_dedup,
}


if __name__ == "__main__":
    main()
