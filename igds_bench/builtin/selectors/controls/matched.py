"""A control: a random draw that matches another selector's selection in tokens or compute."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from igds_bench.core.data import Pool
from igds_bench.core.protocols import Match, TokenCount
from igds_bench.core.seeding import keyed_order
from igds_bench.core.specs import SelectorSpec


@dataclass(frozen=True)
class Matched:
    """Draw at random what another contender's selection is to be compared with.

    What the other gains over this is due to which rows it chose, not to how many tokens they have
    (``tokens``), how long they are (``length``), or what choosing them cost (``compute``).
    """

    of: str
    """Label of the contender whose selections are matched."""
    by: Literal["tokens", "length", "compute"] = "tokens"
    """``tokens``: as many tokens in all. ``length``: as many rows from every range of length.
    ``compute``: as many rows, and more of them for the operations that the selection took; this one
    exceeds the budget."""
    length_bins: Annotated[int, Field(ge=1)] = 10
    """For ``length``: ranges with equally many rows of the pool each."""

    def match(self, pool: Pool, chosen: Sequence[str], given: Match) -> tuple[str, ...]:
        """Return the ids of the draw."""
        order = keyed_order(pool.ids, given.seed, "matched")
        if self.by == "length":
            return self._by_length(order, chosen, given)
        lengths = {id_: _length(given.counts[id_]) for id_ in order}
        if self.by == "compute":
            first = order[: len(chosen)]
            rest = order[len(chosen) :]
            return (*first, *_within(rest, lengths, given.extra_tokens))
        return tuple(_within(order, lengths, sum(lengths[id_] for id_ in chosen))) or (
            min(order, key=lengths.__getitem__),
        )

    def _by_length(self, order: list[str], chosen: Sequence[str], given: Match) -> tuple[str, ...]:
        """Take as many rows of every range of length as were chosen of it."""
        by_length = sorted(order, key=lambda i: (_length(given.counts[i]), i))
        bins = {id_: n * self.length_bins // len(order) for n, id_ in enumerate(by_length)}
        members: dict[int, list[str]] = defaultdict(list)
        for id_ in order:
            members[bins[id_]].append(id_)
        wanted = Counter(bins[id_] for id_ in chosen)
        drawn = {id_ for number, n in wanted.items() for id_ in members[number][:n]}
        return tuple(id_ for id_ in order if id_ in drawn)


def _length(count: TokenCount) -> int:
    return count.prompt + count.response


def _within(order: Iterable[str], lengths: dict[str, int], tokens: float) -> list[str]:
    """Return the longest prefix of an order whose tokens fit."""
    taken, total = [], 0
    for id_ in order:
        total += lengths[id_]
        if total > tokens:
            break
        taken.append(id_)
    return taken


SPEC = SelectorSpec(
    name="matched",
    build=Matched,
    summary="Control: a random draw with another's tokens, lengths or compute.",
    kind="control",
    needs=frozenset({"ranking", "tokenizer"}),
    deterministic=False,
)
