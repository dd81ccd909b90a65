"""The obvious implementations that selectors are tested and timed against."""

from __future__ import annotations

import hashlib
import math
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from igds_bench.builtin.selectors.text import bm25, dsir


def recompressed(texts: Sequence[bytes]) -> float:
    """Return the compression ratio of texts, all of them compressed anew."""
    whole = b"".join(texts)
    return len(whole) / len(zlib.compress(whole, 9))


def recompressing_zip(texts: Sequence[bytes], wanted: int, k1: int, k2: int, k3: int) -> list[int]:
    """Return the places that ZIP selects, compressing all of a set for every candidate."""
    states = {place: recompressed([text]) for place, text in enumerate(texts)}
    selected: list[int] = []
    while states and len(selected) < wanted:
        so_far = [texts[place] for place in selected]
        tried = sorted(states, key=lambda p: (states[p], p))[:k1]
        states |= {place: recompressed([*so_far, texts[place]]) for place in tried}
        kept = sorted(tried, key=lambda p: (states[p], p))[:k2]
        group: list[int] = []
        while kept and len(group) < k3:
            inside = [texts[place] for place in group]
            best = min(kept, key=lambda p: (recompressed([*inside, texts[p]]), p))
            kept.remove(best)
            group.append(best)
        for place in group:
            del states[place]
        selected += group
    return selected[:wanted]


def looping_bm25(
    documents: Sequence[str], queries: Sequence[str], k1: float, b: float
) -> list[float]:
    """Return the mean score of each document, query by query and word by word."""
    counts = [Counter(bm25.WORD.findall(text.lower())) for text in documents]
    found_in = Counter(word for count in counts for word in count)
    average = sum(count.total() for count in counts) / len(counts)
    scores = []
    for count in counts:
        slow = k1 * (1 - b + b * count.total() / average)
        score = 0.0
        for query in queries:
            for word in bm25.WORD.findall(query.lower()):
                if not count[word]:
                    continue
                df = found_in[word]
                idf = math.log(1 + (len(counts) - df + 0.5) / (df + 0.5))
                score += idf * count[word] * (k1 + 1) / (count[word] + slow)
        scores.append(score / len(queries))
    return scores


def hashing_dsir(texts: Sequence[str], target: Sequence[str], buckets: int = 10_000) -> list[float]:
    """Return log w of each text, the text of every n-gram hashed by SHA-256 into its own array."""
    raw, wanted = (sum(_ngrams(text, buckets) for text in side) for side in (texts, target))
    gain = np.log(wanted / wanted.sum() + 1e-8) - np.log(raw / raw.sum() + 1e-8)
    return [float(_ngrams(text, buckets) @ gain) for text in texts]


def _ngrams(text: str, buckets: int) -> np.ndarray:
    words = dsir.WORD.findall(text.lower())
    counts = np.zeros(buckets)
    for ngram in (*words, *map(" ".join, pairwise(words))):
        counts[int(hashlib.sha256(ngram.encode()).hexdigest(), 16) % buckets] += 1
    return counts


def combined_filter(embeddings, products, threshold=0.9, size=-1):
    """Return the positions that DEITA keeps, best product first.

    The best row is kept. Every other one is, in the order of its product, unless its cosine to any
    kept row is above the threshold; there is an end once ``size`` are kept (-1: at the last row).
    """
    rows = np.asarray(embeddings, dtype=np.float64)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    order = sorted(range(len(products)), key=lambda place: -products[place])
    kept = [order[0]]
    for place in order[1:]:
        if len(kept) == size:
            break
        if max(float(rows[place] @ rows[other]) for other in kept) <= threshold:
            kept.append(place)
    return kept
