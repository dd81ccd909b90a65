"""Per-example quantities that selectors share: what one forward over a pool leaves behind.

A selector says which it reads; the plan computes each once per model, whoever asks, and always in
the same way, so that a score never depends on what else is in the grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from igds_bench.features.saes.suite import SAESuite
    from igds_bench.modeling.forward import Reader

View = Literal["prompt+response", "bos+response", "response"]
"""What the model reads: the whole example; the response after the token that begins a text; the
response alone."""
Over = Literal["pool", "target"]
"""Which examples: the pool's, or the target's (prior, then dev)."""


@dataclass(frozen=True)
class ReadWith:
    """What the reader of a quantity may use, besides the states that it is shown."""

    tokenizer: Any
    """Of the model that is read."""
    device: str
    """Torch device that it is on."""
    saes: SAESuite | None = None
    """The cell's SAE suite, for a quantity that ``reads_saes``."""


@dataclass(frozen=True)
class Quantity:
    """What is asked of a forward; equal ones are computed once.

    A plugin's own is a frozen dataclass that inherits from this one and has a ``reader``; its
    fields and its class's name determine what is read.
    """

    ragged: ClassVar[bool] = True
    """Whether examples have values of different number; else each has one row of equal width."""
    reads_saes: ClassVar[bool] = False
    """Whether its reader asks for the SAE suite."""
    values_per_token: ClassVar[int] = 1
    """Of a ragged one, about how many four-byte values a token gives; for the plan's disk."""
    version: ClassVar[int] = 1
    """Raise it when the same inputs would give other values."""

    model: str = "base"
    """``base``, ``probe``, or another model: a registered name, a hub id or a folder."""
    view: View = "prompt+response"
    over: Over = "pool"

    @property
    def name(self) -> str:
        """The kind of quantity, for labels and keys."""
        return type(self).__name__

    def key_fields(self) -> dict[str, Any]:
        """Return all that determines the values, besides the data and the models' revisions."""
        plugins = type(self).__module__ != __name__
        name = f"{type(self).__module__}.{self.name}" if plugins else self.name
        version = {} if self.version == 1 else {"version": self.version}
        return {"quantity": name, **version, **asdict(self)}

    def reader(self, given: ReadWith) -> Reader | None:
        """Return what turns a batch's states into this quantity (``modeling.forward.Reader``).

        None, as here, is for the quantities of this module alone, whose readers the harness has.
        """
        return None


@dataclass(frozen=True)
class TokenLosses(Quantity):
    """Cross-entropy of every response token in nats, the end token included: a ``Ragged``.

    In the view ``response`` nothing precedes the first token, so it has no loss: a response has
    one value fewer there.
    """


@dataclass(frozen=True)
class Embeddings(Quantity):
    """Mean of the last layer's states over prompt and response, weighted by position: (N, d_model).

    ``sum_i w_i h_i`` with ``w_i = i / sum of i`` and i from 1, over the tokens of prompt and
    response (RDS+: Ivison et al., arXiv 2503.01807, section 3); pads have no weight. ``h`` is what
    the language model's head reads.
    """

    ragged: ClassVar[bool] = False


@dataclass(frozen=True)
class ActiveFeatures(Quantity):
    """Indices of the SAE features above a threshold at any token of an example: a ``Ragged``.

    The token that begins a text is not one of the example's.
    """

    reads_saes: ClassVar[bool] = True
    values_per_token: ClassVar[int] = 64

    layer: int | None = None
    """Block after which the stream is read; None takes the suite's middle layer."""
    threshold: float = 0.0

    def key_fields(self) -> dict[str, Any]:
        """Return what determines the values; they once held those of the first token as well."""
        return {**super().key_fields(), "first_token": False}


OWN = (TokenLosses, Embeddings, ActiveFeatures)
"""Quantities whose readers the harness has."""


@dataclass(frozen=True)
class Ragged:
    """N rows of different lengths in one flat array, which may lie on disk."""

    values: NDArray[Any]
    lengths: NDArray[np.int64]
    """(N,): values of each row."""

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def starts(self) -> NDArray[np.int64]:
        """(N,): position of each row's first value."""
        import numpy as np

        return np.concatenate(([0], np.cumsum(self.lengths)[:-1])).astype(np.int64)

    def row(self, position: int) -> NDArray[Any]:
        """Return one row."""
        end = int(self.lengths[: position + 1].sum())
        return self.values[end - int(self.lengths[position]) : end]

    def sums(self) -> NDArray[np.float64]:
        """Return the sum of each row, (N,); 0 for an empty one."""
        import numpy as np

        totals = np.concatenate(([0.0], np.cumsum(self.values, dtype=np.float64)))
        ends = np.cumsum(self.lengths)
        found: NDArray[np.float64] = totals[ends] - totals[ends - self.lengths]
        return found

    def take(self, positions: Sequence[int]) -> Ragged:
        """Return some rows, in the order given."""
        import numpy as np

        starts, lengths = self.starts, self.lengths[list(positions)]
        places = [
            np.arange(starts[p], starts[p] + n) for p, n in zip(positions, lengths, strict=True)
        ]
        flat = np.concatenate(places) if places else np.empty(0, dtype=np.int64)
        return Ragged(self.values[flat], lengths)
