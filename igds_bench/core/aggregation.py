"""How sums of a metric's statistics become its value, as data that a record keeps.

Who has the record alone can then put the metric together, draw it again, and check it. Columns are
named by their position, so that a declaration is itself the function of sums that it describes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from itertools import permutations
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

Position = Annotated[int, Field(ge=0)]
"""Of a column among a metric's columns, from 0."""
PROBES = 64
"""Random sums that an undeclared function is tried on."""
_CONFIG = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_CONFIG)
class Mean:
    """An arithmetic mean over examples: ``scale * values / count``, the count being 1 for each.

    Its standard error is the analytic one, and verdicts analyse its variance by example.
    """

    kind: Literal["mean"] = field(default="mean", kw_only=True)
    value: Position = 0
    count: Position = 1
    scale: float = 1.0

    @property
    def positions(self) -> tuple[int, ...]:
        """The columns that it reads."""
        return self.value, self.count

    def __call__(self, sums: FloatArray) -> FloatArray:
        """Return the values of sums of shape (..., columns)."""
        found: FloatArray = self.scale * sums[..., self.value] / sums[..., self.count]
        return found


@dataclass(frozen=True, config=_CONFIG)
class Ratio:
    """A ratio of two sums: ``scale * numerator / denominator``, whatever each example adds to both.

    Examples count by their denominators, so that its error comes from the bootstrap over examples.
    """

    kind: Literal["ratio"] = field(default="ratio", kw_only=True)
    numerator: Position = 0
    denominator: Position = 1
    scale: float = 1.0

    @property
    def positions(self) -> tuple[int, ...]:
        """The columns that it reads."""
        return self.numerator, self.denominator

    def __call__(self, sums: FloatArray) -> FloatArray:
        """Return the values of sums of shape (..., columns)."""
        found: FloatArray = self.scale * sums[..., self.numerator] / sums[..., self.denominator]
        return found


@dataclass(frozen=True, config=_CONFIG)
class Total:
    """A sum over examples: ``scale * column``; its error comes from the bootstrap."""

    kind: Literal["total"] = field(default="total", kw_only=True)
    column: Position = 0
    scale: float = 1.0

    @property
    def positions(self) -> tuple[int, ...]:
        """The columns that it reads."""
        return (self.column,)

    def __call__(self, sums: FloatArray) -> FloatArray:
        """Return the values of sums of shape (..., columns)."""
        found: FloatArray = self.scale * sums[..., self.column]
        return found


@dataclass(frozen=True, config=_CONFIG)
class Function:
    """A function of the sums that only the metric of this name knows."""

    kind: Literal["function"] = field(default="function", kw_only=True)
    name: str


Declared: TypeAlias = Mean | Ratio | Total
"""What needs no plugin to be computed."""
Aggregation: TypeAlias = Annotated[Mean | Ratio | Total | Function, Field(discriminator="kind")]


@dataclass(frozen=True, config=_CONFIG)
class Origin:
    """What a plugin registers a metric as, and with which options it was built from that."""

    metric: str
    plugin: str
    """Distribution and version, or the plugin's path."""
    options: dict[str, Any] = field(default_factory=dict, hash=False)


def aggregation_of(
    from_sums: Callable[[FloatArray], FloatArray], columns: int, name: str
) -> Declared | Function:
    """Return how a metric says that sums become its value.

    A function that declares nothing is tried on random sums: where it is a scaled ratio or total of
    its columns on all of them, zeros and negative ones included, it is that. A mean is never
    concluded: no sums tell whether a count is one of examples.

    Args:
        from_sums: a declaration, or a function of sums (..., columns).
        columns: how many there are.
        name: of the metric, by which readers find a function.
    """
    if isinstance(from_sums, Mean | Ratio | Total):
        return from_sums
    return _recognised(from_sums, columns) or Function(name)


def _recognised(
    from_sums: Callable[[FloatArray], FloatArray], columns: int
) -> Ratio | Total | None:
    """Return the ratio or total that a function is; None where it is neither, or fails."""
    import numpy as np

    draw = np.random.default_rng(0)
    shape = max(PROBES, 2 * columns), columns
    sums = draw.normal(size=shape) * 10.0 ** draw.integers(-3, 4, shape)
    np.fill_diagonal(sums, 0.0)  # a function that guards against empty columns is more than a ratio
    with np.errstate(all="ignore"):
        try:
            scale = float(from_sums(np.ones(columns)))
            given = np.asarray(from_sums(sums), dtype=np.float64)
        except Exception:  # whatever a plugin's function raises: it is no ratio
            return None
        if given.shape != shape[:1] or not np.isfinite(scale) or scale == 0:
            return None
        for candidate in _candidates(columns, scale):
            if np.allclose(candidate(sums), given, rtol=1e-9, atol=0.0, equal_nan=True):
                return candidate
    return None


def _candidates(columns: int, scale: float) -> Iterator[Ratio | Total]:
    for numerator, denominator in permutations(range(columns), 2):
        yield Ratio(numerator, denominator, scale)
    for column in range(columns):
        yield Total(column, scale)
