"""Pools and target sets: what is selected from, and what it is selected for."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from igds_bench.core.data.example import ROW, Example, StoredExamples
from igds_bench.core.seeding import content_key
from igds_bench.errors import DataError

SELECTOR_SPLITS = ("prior", "dev", "tune")
"""Splits of a task that a selector may see."""
SPLITS = ("pool", *SELECTOR_SPLITS, "probe", "test")
"""All splits of a task; ``probe`` and ``test`` are out of every selector's reach."""

ALL = slice(None)
CHUNK = 4096
"""Examples that are read together where a pool lies on disk."""


class Pool(Sequence[Example]):
    """An immutable sequence of examples with unique ids.

    Args:
        examples: the rows; ids are taken as they are. Stored examples stay where they lie.
        name: shown in reports and messages.

    Raises:
        DataError: two examples share an id.
    """

    def __init__(self, examples: Iterable[Example], name: str = "pool") -> None:
        is_stored = isinstance(examples, StoredExamples)
        self._examples: Sequence[Example] = examples if is_stored else tuple(examples)  # type: ignore[assignment]
        self._places = {id_: place for place, id_ in enumerate(self._column("id"))}
        self.name = name
        if len(self._places) != len(self._examples):
            raise DataError(f"{name}: {len(self._examples) - len(self._places)} ids occur twice.")

    def _column(self, name: Literal["id", "prompt", "source"], part: slice = ALL) -> list[str]:
        if isinstance(self._examples, StoredExamples):
            positions = None if part == ALL else range(len(self))[part]
            return self._examples.column(name, positions)
        return [getattr(example, name) for example in self._examples[part]]

    @classmethod
    def from_rows(cls, rows: Iterable[Example], name: str = "pool") -> Pool:
        """Build a pool of rows whose ids are content ids, marking exact duplicates by suffix."""
        seen: Counter[str] = Counter()
        examples = []
        for example in rows:
            seen[example.id] += 1
            count = seen[example.id]
            examples.append(example if count == 1 else replace(example, id=f"{example.id}-{count}"))
        return cls(examples, name)

    def __getitem__(self, index: Any) -> Any:
        """Return the example at a position, or a tuple of them for a slice."""
        return self._examples[index]

    def __len__(self) -> int:
        return len(self._examples)

    def __iter__(self) -> Iterator[Example]:
        for start in range(0, len(self._examples), CHUNK):
            yield from self._examples[start : start + CHUNK]

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in file order."""
        return tuple(self._places)

    @property
    def prompts(self) -> Sequence[str]:
        """Prompts in file order, read when asked for."""
        return _Prompts(self)

    @property
    def sources(self) -> Sequence[str]:
        """Sources in file order."""
        return self._column("source")

    def by_id(self, id_: str) -> Example:
        """Return the example with this id; KeyError where there is none."""
        return self._examples[self._places[id_]]

    def take(self, ids: Iterable[str]) -> Pool:
        """Return the pool of these ids, in their order."""
        places = [self._places[id_] for id_ in ids]
        if isinstance(self._examples, StoredExamples):
            return Pool(self._examples.take(places), self.name)
        return Pool((self._examples[place] for place in places), self.name)

    @property
    def duplicates(self) -> int:
        """Number of rows that repeat an earlier row exactly."""
        return len(self) - len({id_.split("-")[0] for id_ in self._places})

    def without_duplicates(self) -> Pool:
        """Return the pool with only the first of every set of exact duplicates."""
        return self.take(id_ for id_ in self._places if "-" not in id_)

    @property
    def fingerprint(self) -> str:
        """Hash of what the pool holds, whatever its order."""
        return content_key("pool", sorted(zip(self._places, self._column("source"), strict=True)))

    @property
    def content(self) -> str:
        """Hash of the ids in file order, for arrays that are kept by position."""
        return hashlib.sha256("\n".join(self._places).encode()).hexdigest()[:16]

    def visible(self, reads: Iterable[str]) -> Pool:
        """Return a copy that shows a selector only the metadata fields named in ``reads``."""
        allowed = frozenset(reads)
        if isinstance(self._examples, StoredExamples):
            return Pool(self._examples.visible(allowed), self.name)
        return Pool(
            (
                Example(
                    id=e.id,
                    prompt=e.prompt,
                    response=e.response,
                    source=e.source if "source" in allowed else "",
                    metadata=MappingProxyType(
                        {k: v for k, v in e.metadata.items() if k in allowed}
                    ),
                    row=e.row if ROW in allowed else 0,
                    turns=e.turns,
                    joiner=e.joiner,
                )
                for e in self._examples
            ),
            self.name,
        )


class _Prompts(Sequence[str]):
    """The prompts of a pool, without a list of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __len__(self) -> int:
        return len(self._pool)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._pool._column("prompt", index)
        return self._pool[index].prompt


@dataclass(frozen=True)
class TargetSet:
    """The samples of the target task that a selector may learn from; all disjoint."""

    prior: Pool
    """D_prior: for frequency recall, and for every target-informed baseline."""
    dev: Pool
    """D_val: for interventions."""
    tune: Pool
    """For choosing a selector's own parameters."""

    @property
    def samples(self) -> Pool:
        """Prior, then dev: what target-informed methods learn from."""
        return Pool([*self.prior, *self.dev], "target")

    @property
    def fingerprint(self) -> str:
        """Hash of the three splits."""
        return content_key(self.prior.fingerprint, self.dev.fingerprint, self.tune.fingerprint)
