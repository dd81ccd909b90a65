"""One example: a prompt with its response, or a chat."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from igds_bench.core.data.turns import Turn, joint

ROW = "_row"
"""What a selector names among the fields that it reads to see ``Example.row``."""


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt with its response, or a chat that ends in one."""

    id: str
    """Hash of prompt and response, and of further references, or of a chat's turns; exact
    duplicates after the first end in ``-2``, ``-3``, ..."""
    prompt: str
    """The rendered prompt, ending in the task's stub (its last token is the critical one, t*); of a
    chat what was said before the response, without system turns."""
    response: str
    """The reference response, as it was given; of a chat its last turn."""
    source: str = ""
    """Where the row came from; for reports, hidden from selectors that don't declare it."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """The row's original fields."""
    row: int = 0
    """Zero-based position in the file or data set the pool was read from."""
    references: tuple[str, ...] = ()
    """All reference responses, ``response`` first; empty where it is the only one."""
    turns: tuple[Turn, ...] = ()
    """The turns of a chat, which a model's chat template renders; empty for plain texts."""
    joiner: str = " "
    """What stands between a plain prompt and its response, where neither has white space there."""

    @property
    def reference(self) -> str | tuple[str, ...]:
        """What metrics compare with: the response, or all references where there are several."""
        return self.references or self.response

    @property
    def text(self) -> str:
        """Prompt and response as one text, for whatever compares texts."""
        return f"{self.prompt} {self.response}"

    @property
    def continuation(self) -> str:
        """The response as it follows the plain prompt."""
        return joint(self.prompt, self.response, self.joiner)


def example_id(prompt: str, response: str, *further: str) -> str:
    """Return the content id of an example: 16 hex digits of SHA-256 over all its texts.

    Args:
        prompt: rendered.
        response: the first reference.
        further: references.
    """
    return hashlib.sha256("\x1e".join((prompt, response, *further)).encode()).hexdigest()[:16]


class StoredExamples(Sequence[Example], ABC):
    """Examples that lie elsewhere, such as on disk, and are made when they are looked at."""

    @abstractmethod
    def column(self, name: str, positions: Sequence[int] | None = None) -> list[str]:
        """Return ``id``, ``prompt`` or ``source`` of all examples, or of those at positions."""

    @abstractmethod
    def take(self, positions: Sequence[int]) -> StoredExamples:
        """Return some of the examples, in this order, without reading them."""

    @abstractmethod
    def visible(self, reads: Iterable[str]) -> StoredExamples:
        """Return the same examples with only the metadata fields named in ``reads``."""
