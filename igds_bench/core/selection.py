"""Budgets, rankings and selections: a selector ranks once, the harness cuts for every budget."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from igds_bench.core.data import Pool
from igds_bench.core.seeding import content_key, keyed_uniform
from igds_bench.errors import DataError

_BUDGET_FORMS = "Write a budget as '50%', as a count such as 1000, or as '200000tok'."


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be selected: exactly one of a fraction, a count, or training tokens."""

    kind: Literal["fraction", "count", "tokens"]
    amount: float
    """A share in (0, 1], a number of examples, or a number of prompt + response tokens."""

    @classmethod
    def parse(cls, value: str | int | float) -> Budget:
        """Read ``"50%"``, ``1000`` or ``"200000tok"``.

        Raises:
            DataError: the text has another form, or the budget is not above 0 or is over 100%.
        """
        text = str(value).strip().replace("_", "")
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%|tok)?", text)
        if not match:
            raise DataError(f"budget {value!r} is not understood. {_BUDGET_FORMS}")
        number, unit = float(match[1]), match[2]
        if number <= 0:
            raise DataError(
                f"budget {value!r} selects nothing: it must be above 0. {_BUDGET_FORMS}"
            )
        if unit == "%":
            if number > 100:
                raise DataError(f"budget {value!r} is larger than the pool (100%).")
            return cls("fraction", number / 100)
        if number != int(number):
            raise DataError(f"budget {value!r} is not a whole number. {_BUDGET_FORMS}")
        return cls("tokens" if unit == "tok" else "count", int(number))

    @property
    def label(self) -> str:
        """The budget as it is written in a config: ``25%``, ``1000``, ``200000tok``."""
        if self.kind == "fraction":
            return f"{self.amount * 100:.10g}%"
        return f"{self.amount:.0f}" + ("tok" if self.kind == "tokens" else "")

    def count(self, pool_size: int) -> int | None:
        """Return the exact number of examples (a fraction is floored, at least 1), None for tokens.

        Raises:
            DataError: the count is larger than the pool, or the pool is empty.
        """
        if pool_size == 0:
            raise DataError("the pool is empty: there is nothing to select from.")
        if self.kind == "tokens":
            return None
        if self.kind == "fraction":
            return max(1, math.floor(self.amount * pool_size + 1e-9))
        if self.amount > pool_size:
            raise DataError(
                f"budget {self.label} is larger than the pool of {pool_size} examples: "
                f"ask for {pool_size} or fewer, or for a share such as '50%'."
            )
        return int(self.amount)


@dataclass(frozen=True)
class Ranking:
    """A selector's answer: ids, best first. Greedy selectors may stop at ``context.limit``."""

    ids: tuple[str, ...]
    scores: Mapping[str, float] = field(default_factory=dict)
    """Score by id, where the method has one; ``higher_is_better`` gives its direction."""
    higher_is_better: bool = True
    notes: Mapping[str, Any] = field(default_factory=dict)
    """JSON-able facts for the record, such as the share of the pool with a score of 0."""
    unranked: Mapping[str, str] = field(default_factory=dict)
    """Ids that could not be scored, each with its reason; they come last in ``ids``."""

    def score_of(self, id_: str) -> float | None:
        """Return an example's score, or None where it has none that is finite."""
        score = self.scores.get(id_)
        return score if score is not None and math.isfinite(score) else None

    @classmethod
    def by_score(
        cls,
        scores: Mapping[str, float],
        seed: int,
        *,
        higher_is_better: bool = True,
        notes: Mapping[str, Any] | None = None,
    ) -> Ranking:
        """Rank by score; ties in seeded random order, scores that aren't finite last."""
        sign = -1.0 if higher_is_better else 1.0
        unranked = {i: f"score is {s}" for i, s in scores.items() if not math.isfinite(s)}

        def order(id_: str) -> tuple[bool, float, float, str]:
            bad = id_ in unranked
            return bad, 0.0 if bad else sign * scores[id_], keyed_uniform(seed, "tie", id_), id_

        return cls(
            ids=tuple(sorted(scores, key=order)),
            scores=dict(scores),
            higher_is_better=higher_is_better,
            notes=dict(notes or {}),
            unranked=unranked,
        )


@dataclass(frozen=True)
class Selection:
    """The ids that are trained on, best first."""

    ids: tuple[str, ...]
    budget: Budget
    tokens: int | None = None
    """Prompt + response tokens of the selection, where they were counted."""

    @property
    def fingerprint(self) -> str:
        """Hash of the set of ids: equal selections train once, whatever order they came in."""
        return content_key("selection", sorted(self.ids))


def check_ranking(ranking: Ranking, pool: Pool, limit: int, selector: str) -> None:
    """Refuse a ranking that names unknown ids, an id twice, or fewer ids than the largest budget.

    Raises:
        DataError: names the selector and the first offending id.
    """
    known = set(pool.ids)
    unknown = [id_ for id_ in ranking.ids if id_ not in known]
    if unknown:
        raise DataError(f"selector '{selector}' ranked {unknown[0]!r}, which is not in the pool.")
    if len(set(ranking.ids)) != len(ranking.ids):
        twice = next(i for i in ranking.ids if ranking.ids.count(i) > 1)
        raise DataError(f"selector '{selector}' ranked {twice!r} more than once.")
    if len(ranking.ids) < limit:
        raise DataError(
            f"selector '{selector}' ranked {len(ranking.ids)} examples, but the largest budget "
            f"asks for {limit}."
        )


def cut(
    ranking: Ranking,
    budget: Budget,
    pool_size: int,
    tokens_of: Callable[[Iterable[str]], list[int]] | None = None,
) -> Selection:
    """Cut a ranking at a budget, exactly.

    Args:
        ranking: ids, best first.
        budget: a token budget takes the longest prefix whose tokens fit.
        pool_size: number of examples in the pool the ranking is of.
        tokens_of: prompt + response tokens per id; needed for a token budget.

    Raises:
        DataError: the budget is larger than the pool, or a token budget fits no example.
    """
    count = budget.count(pool_size)
    if count is not None:
        ids = ranking.ids[:count]
        return Selection(ids, budget, sum(tokens_of(ids)) if tokens_of else None)
    if tokens_of is None:
        raise DataError(f"budget {budget.label} needs a tokenizer to count tokens with.")
    total = kept = 0
    for length in tokens_of(ranking.ids):
        if total + length > budget.amount:
            break
        total, kept = total + length, kept + 1
    if kept == 0:
        raise DataError(f"budget {budget.label} is less than the first example has.")
    return Selection(ranking.ids[:kept], budget, total)
