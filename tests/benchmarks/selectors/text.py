"""Time the text-only selectors: ``python -m tests.benchmarks.selectors.text [--full]``.

The texts are GSM8K's where ``IGDS_BENCH_GSM8K`` names a folder with its files, and words drawn by
seed otherwise. Times are seconds of processor time, which a busy machine lengthens less than those
of the wall clock; references run on a seeded sample and are extrapolated.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rich.console import Console
from rich.table import Table

from igds_bench.builtin.selectors.text.bm25 import Bm25
from igds_bench.builtin.selectors.text.dsir import Dsir
from igds_bench.builtin.selectors.text.zip import Stream, Zip
from igds_bench.core.data import Example, Pool, example_id
from igds_bench.core.selection import Ranking
from tests.builders.references import hashing_dsir, looping_bm25, recompressed

WORDS = 200
"""Tokens of an example of the large pool: a word or a sign counts as one."""
TARGETS = 50


@dataclass(frozen=True)
class Sizes:
    """How much is run."""

    zip_pool: int
    """Examples that ``zip`` is raced on, at a budget of half."""
    sampled: int
    """Candidates that the reference of ``zip`` compresses in each step of a sampled round."""
    large: int
    """Examples of 200 tokens for every selector; ``zip`` keeps a tenth of them."""
    scored: int
    """Examples that the references of ``bm25`` and ``dsir`` score."""


SMALL = Sizes(zip_pool=600, sampled=20, large=2_000, scored=100)
FULL = Sizes(zip_pool=3_000, sampled=40, large=100_000, scored=1_000)


@dataclass(frozen=True)
class Row:
    """One selector at one size."""

    name: str
    ours: float
    """Seconds of processor time, on one core."""
    reference: float | None
    """Seconds; None where there is none."""
    note: str

    @property
    def ratio(self) -> float | None:
        """How many times faster the package is."""
        return None if self.reference is None else self.reference / self.ours


def rows(sizes: Sizes, only: str = "") -> list[Row]:
    """Return what was measured, for the benchmarks whose name has ``only``."""
    benchmarks: tuple[Callable[[Sizes], Row], ...] = (zip_race, zip_large, bm25_race, dsir_race)
    return [benchmark(sizes) for benchmark in benchmarks if only in benchmark.__name__]


def zip_race(sizes: Sizes) -> Row:
    """Race ``zip`` against compressing all of the selection for every candidate."""
    pool = _pool(sizes.zip_pool)
    seconds, ranking = _timed(Zip(), pool, len(pool) // 2)
    theirs, faults = _recompressing_seconds(pool, ranking, Zip(), sizes.sampled)
    note = f"reference extrapolated from {sizes.sampled} candidates of each step; {faults} unequal"
    return Row(f"zip, {len(pool):,} at 50%", seconds, theirs, note)


def zip_large(sizes: Sizes) -> Row:
    """Time ``zip`` on the large pool."""
    pool = _pool(sizes.large, WORDS)
    begun = time.perf_counter()
    seconds, ranking = _timed(Zip(), pool, len(pool) // 10)
    wall = time.perf_counter() - begun
    note = (
        f"{WORDS} tokens each; compression ratio {ranking.notes['compression_ratio']:.3f}; "
        f"{wall:.0f} s by the clock on {_cores()}"
    )
    return Row(f"zip, {len(pool):,} at 10%", seconds, None, note)


def bm25_race(sizes: Sizes) -> Row:
    """Race ``bm25`` against a loop over queries and words."""
    pool, queries = _pool(sizes.large, WORDS), [example.prompt for example in _targets()]
    seconds, _ = _timed(Bm25(), pool, len(pool))
    prompts = pool.prompts[: sizes.scored]
    theirs = _seconds(lambda: looping_bm25(prompts, queries, 1.5, 0.75)) / sizes.scored
    note = f"{TARGETS} queries; reference extrapolated from {sizes.scored:,} examples"
    return Row(f"bm25, {len(pool):,}", seconds, theirs * len(pool), note)


def dsir_race(sizes: Sizes) -> Row:
    """Race ``dsir`` against hashing the text of every n-gram."""
    pool, target = _pool(sizes.large, WORDS), [_text(example) for example in _targets()]
    seconds, _ = _timed(Dsir(), pool, len(pool))
    texts = [_text(example) for example in pool[: sizes.scored]]
    theirs = _seconds(lambda: hashing_dsir(texts, target)) / sizes.scored
    note = f"{TARGETS} samples; reference extrapolated from {sizes.scored:,} examples"
    return Row(f"dsir, {len(pool):,}", seconds, theirs * len(pool), note)


def _recompressing_seconds(
    pool: Pool, ranking: Ranking, selector: Zip, sampled: int
) -> tuple[float, int]:
    """Return seconds of the plain code along the same rounds, and sampled ratios that differ.

    In every round, candidates are drawn by seed for the refresh, and pairs of step and candidate
    for the greedy steps; their mean time counts for all of the kind.
    """
    texts = {example.id: _text(example).encode() for example in pool}
    chosen, draw = [texts[id_] for id_ in ranking.ids], random.Random(0)
    everything, total, faults = list(texts.values()), 0.0, 0
    for start in range(0, len(chosen), selector.k3):
        group = chosen[start : start + selector.k3]
        left = len(pool) - start
        among = [min(selector.k2, left) - step for step in range(len(group))]
        steps = draw.choices(range(len(group)), weights=among, k=sampled)
        for sets, evaluations in (
            ([chosen[:start]] * sampled, min(selector.k1, left)),
            ([group[:step] for step in steps], sum(among)),
        ):
            tries = [(texts_, draw.choice(everything)) for texts_ in sets]
            begun = time.process_time()
            found = [recompressed([*texts_, text]) for texts_, text in tries]
            total += (time.process_time() - begun) / sampled * evaluations
            ours = [_stream(texts_).ratio_with(text) for texts_, text in tries[:2]]
            faults += sum(a != b for a, b in zip(ours, found, strict=False))
    return total, faults


def _stream(texts: Sequence[bytes]) -> Stream:
    stream = Stream()
    for text in texts:
        stream.add(text)
    return stream


def _cores() -> str:
    """Return how many cores this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{count} core{'s' * (count != 1)}"


def _timed(selector: Any, pool: Pool, limit: int) -> tuple[float, Ranking]:
    target = _targets()
    splits = SimpleNamespace(prior=Pool(target[::2]), dev=Pool(target[1::2]))
    context: Any = SimpleNamespace(
        seed=0, limit=limit, target=splits, progress=lambda items, *_: items
    )
    begun = time.process_time()
    ranking = selector.rank(pool, context)
    return time.process_time() - begun, ranking


def _seconds(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


def _text(example: Example) -> str:
    return f"{example.prompt} {example.response}"


def _targets() -> list[Example]:
    return [Example(f"target{n}", *pair) for n, pair in enumerate(_pairs(TARGETS, None, seed=1))]


def _pool(size: int, words: int | None = None) -> Pool:
    return Pool.from_rows(Example(example_id(*pair), *pair) for pair in _pairs(size, words, seed=0))


def _pairs(size: int, words: int | None, seed: int) -> Iterator[tuple[str, str]]:
    """Yield prompts and responses; with ``words``, each pair has that many of one text's parts.

    A longer text than the data have is made of several, so that no two examples are equal.
    """
    draw = random.Random(seed)
    folder = os.environ.get("IGDS_BENCH_GSM8K")
    known = _gsm8k(Path(folder)) if folder else [_drawn(draw) for _ in range(2_000)]
    draw.shuffle(known)
    for prompt, response in islice(cycle(known), size):
        if words:
            parts = re.findall(r"\w+\s*|[^\w\s]\s*", f"{prompt} {response}")
            while len(parts) < words:
                parts += re.findall(r"\w+\s*|[^\w\s]\s*", " ".join(draw.choice(known)))
            cut = draw.randrange(words // 4, words // 2)
            prompt, response = "".join(parts[:cut]), "".join(parts[cut:words])
        yield prompt, response


def _gsm8k(folder: Path) -> list[tuple[str, str]]:
    with (folder / "train.jsonl").open(encoding="utf-8") as lines:
        return [(row["question"], row["answer"]) for row in map(json.loads, lines)]


def _drawn(draw: random.Random) -> tuple[str, str]:
    """Return two texts of words whose frequency falls as in language."""
    words = [f"w{int(draw.paretovariate(0.6)) % 50_000}" for _ in range(draw.randint(60, 180))]
    return " ".join(words[:40]), " ".join(words[40:])


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="the sizes that goals are given for")
    parser.add_argument("--only", default="", help="part of a name: zip, race, large, bm25, dsir")
    options = parser.parse_args()
    table = Table("selector", "ours, s", "reference, s", "ratio", "note")
    for row in rows(FULL if options.full else SMALL, options.only):
        reference = "" if row.reference is None else f"{row.reference:.1f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.1f}"
        table.add_row(row.name, f"{row.ours:.2f}", reference, ratio, row.note)
    Console(width=None if Console().is_terminal else 160).print(table)


if __name__ == "__main__":
    main()
