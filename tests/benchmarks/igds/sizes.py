"""How much a benchmark runs, and how exact it must be."""

from __future__ import annotations

from dataclasses import dataclass

TOLERANCE = 1e-4


@dataclass(frozen=True)
class Size:
    """How much a benchmark runs."""

    rows: int
    """Examples that the package scores."""
    padded: int
    """Of these, how many the padded reference scores; it does so in batches of 16."""
    single: int
    """Of these, how many the reference with batches of one scores."""
    arms: int
    samples: int
    new_tokens: int
    pairs: int
    """(feature, sample) pairs that the reference with one sample at a time generates."""
    features: int
    """Features that the reference with one feature at a time generates."""
    loglik_arms: int
    loglik_samples: int
    loglik_features: int
    """Features that the reference reads responses under."""
    repeats: int
    seconds: float


SMALL = Size(16, 16, 4, 8, 8, 16, 4, 1, 4, 4, 1, repeats=1, seconds=1)


FULL = Size(512, 48, 16, 64, 32, 48, 16, 2, 24, 16, 3, repeats=2, seconds=120)
